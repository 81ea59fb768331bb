# Which version find_package(offbeat VERSION) has found. Before 1.0 minor versions do not stand for
# each other.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../include/offbeat/version.h" offbeat_version_line
     REGEX "^#define OB_VERSION \"")
string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" PACKAGE_VERSION "${offbeat_version_line}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" offbeat_minor "${PACKAGE_VERSION}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" offbeat_minor_wanted "${PACKAGE_FIND_VERSION}.0")
if(offbeat_minor STREQUAL offbeat_minor_wanted AND
   PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
endif()
