# What `cmake --install` leaves:
#
#   bin/offbeat              the command, with the targets of this build
#   include/offbeat/         the public headers
#   lib/                     liboffbeat.so and .a, liboffbeat_command.a; pkgconfig/; cmake/offbeat/
#   libexec/offbeat/         the scripts, and the sources that projects compile (offbeat-config.cmake)
#   share/                   manual pages, completion for bash and zsh, documents
#
# `cmake --build BUILD --target uninstall` takes it away again.
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(sources_dir "${CMAKE_INSTALL_LIBEXECDIR}/offbeat")
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/offbeat")

# -- libraries --

# One library has the harness and what targets are made of; no engine, and no coverage.
set(objects $<TARGET_OBJECTS:offbeat> $<TARGET_OBJECTS:offbeat_patterns_model>)
add_library(offbeat_shared SHARED ${objects})
add_library(offbeat_archive STATIC ${objects})
add_library(offbeat_command_archive STATIC $<TARGET_OBJECTS:offbeat_commands>
            $<TARGET_OBJECTS:offbeat_triage> $<TARGET_OBJECTS:offbeat_corpus>)
target_link_libraries(offbeat_shared PRIVATE "${OFFBEAT_BOOST_CONTEXT}")
set_target_properties(offbeat_shared PROPERTIES OUTPUT_NAME offbeat VERSION "${PROJECT_VERSION}"
                      SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
set_target_properties(offbeat_archive PROPERTIES OUTPUT_NAME offbeat)
set_target_properties(offbeat_command_archive PROPERTIES OUTPUT_NAME offbeat_command)
set_target_properties(offbeat_shared offbeat_archive offbeat_command_archive PROPERTIES
                      LINKER_LANGUAGE C LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/install"
                      ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/install")
set(map "${CMAKE_CURRENT_SOURCE_DIR}/harness/cmake/shared.map")
target_link_options(offbeat_shared PRIVATE "LINKER:--exclude-libs,ALL" "LINKER:--no-undefined"
                    "LINKER:--version-script=${map}")
set_target_properties(offbeat_shared PROPERTIES LINK_DEPENDS "${map}")

install(TARGETS offbeat_shared offbeat_archive offbeat_command_archive)
install(TARGETS offbeat_cli RUNTIME)
install(DIRECTORY harness/include/offbeat TYPE INCLUDE)

# -- pkg-config --

foreach(part IN ITEMS offbeat offbeat-command)
    configure_file("harness/cmake/${part}.pc.in" "install/${part}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/install/${part}.pc"
            DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

# -- CMake package --

foreach(part IN ITEMS offbeat-config offbeat-config-version)
    configure_package_config_file(harness/cmake/offbeat-installed.cmake.in
                                  "${PROJECT_BINARY_DIR}/install/${part}.cmake"
                                  INSTALL_DESTINATION "${package_dir}" PATH_VARS sources_dir
                                  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
    install(FILES "${PROJECT_BINARY_DIR}/install/${part}.cmake" DESTINATION "${package_dir}")
endforeach()

# -- what projects compile, and the scripts --

install(FILES CMakeLists.txt CMakePresets.json LICENSE DESTINATION "${sources_dir}")
install(DIRECTORY harness DESTINATION "${sources_dir}" PATTERN "*.md" EXCLUDE)
install(PROGRAMS scripts/bisect scripts/build scripts/campaign scripts/doctor scripts/fuzz
        scripts/new scripts/redirect scripts/triage DESTINATION "${sources_dir}/scripts")
install(DIRECTORY scripts/lib scripts/oss-fuzz scripts/templates
        DESTINATION "${sources_dir}/scripts" USE_SOURCE_PERMISSIONS
        PATTERN "__pycache__" EXCLUDE PATTERN "lib/tidy" EXCLUDE)

# -- manual pages and completion --

find_program(OFFBEAT_PYTHON3 python3)
if(OFFBEAT_PYTHON3)
    set(manual "${PROJECT_BINARY_DIR}/install/manual")
    add_custom_command(OUTPUT "${manual}/offbeat.1"
                       COMMAND "${OFFBEAT_PYTHON3}" -B
                               "${PROJECT_SOURCE_DIR}/scripts/lib/manual.py"
                               --command "$<TARGET_FILE:offbeat_cli>"
                               --scripts "${PROJECT_SOURCE_DIR}/scripts" --out "${manual}"
                       DEPENDS offbeat_cli "${PROJECT_SOURCE_DIR}/scripts/lib/manual.py"
                               scripts/bisect scripts/build scripts/campaign scripts/doctor
                               scripts/fuzz scripts/new scripts/redirect scripts/triage
                       COMMENT "Manual pages and completion" VERBATIM)
    add_custom_target(offbeat_manual ALL DEPENDS "${manual}/offbeat.1")
    install(DIRECTORY "${manual}/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" FILES_MATCHING
            PATTERN "*.1")
    install(FILES "${manual}/offbeat.bash" RENAME offbeat
            DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
    install(FILES "${manual}/_offbeat" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
else()
    message(STATUS "No manual pages and no completion: python3 is missing")
endif()
install(FILES README.md LICENSE .github/CHANGELOG.md TYPE DOC)
install(DIRECTORY docs TYPE DOC)

add_custom_target(uninstall COMMAND "${CMAKE_COMMAND}"
                  "-DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt"
                  -P "${PROJECT_SOURCE_DIR}/harness/cmake/OffbeatUninstall.cmake" VERBATIM)

# -- Debian package --

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME offbeat)
set(CPACK_PACKAGE_VENDOR Offbeat)
set(CPACK_PACKAGE_CONTACT "The maintainers of Offbeat <maintainers@example.org>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What the sources are compiled with comes with those, as a -dev package would have it.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "cmake (>= 3.22), ninja-build, libarchive-dev, libzstd-dev, libboost-context-dev, bash")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "clang (>= 1:14), llvm, python3 (>= 3.11)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "afl++, gdb, jq, zip")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_STRIP_FILES ON)
include(CPack)
