# libarchive and libzstd, for archives of inputs.
#
#   OFFBEAT_LIBARCHIVE_STATIC   link its archive, and those of what it takes for our archives: for
#                               programs that run where it is not installed
#
# Defines the library offbeat_libarchive, which has both.
include_guard(GLOBAL)

find_package(Threads REQUIRED)
add_library(offbeat_libarchive INTERFACE)
if(NOT OFFBEAT_LIBARCHIVE_STATIC)
    find_package(LibArchive)
    if(NOT LibArchive_FOUND)
        message(FATAL_ERROR "libarchive is missing (Debian: libarchive-dev). Only the command, the "
                "tests and fuzz_self_archive need it: OFFBEAT_CLI, OFFBEAT_TESTS, OFFBEAT_LIBARCHIVE.")
    endif()
    find_path(OFFBEAT_ZSTD_HEADERS zstd.h)
    find_library(OFFBEAT_ZSTD zstd)
    if(NOT OFFBEAT_ZSTD_HEADERS OR NOT OFFBEAT_ZSTD)
        message(FATAL_ERROR "libzstd is missing (Debian: libzstd-dev). What needs libarchive needs it.")
    endif()
    target_include_directories(offbeat_libarchive SYSTEM INTERFACE "${OFFBEAT_ZSTD_HEADERS}")
    target_link_libraries(offbeat_libarchive INTERFACE LibArchive::LibArchive "${OFFBEAT_ZSTD}"
                          Threads::Threads)
    return()
endif()

set(libraries "")
foreach(name IN ITEMS archive nettle zstd z lzma bz2 lz4)
    find_library(OFFBEAT_STATIC_${name} NAMES lib${name}.a)
    if(NOT OFFBEAT_STATIC_${name})
        message(FATAL_ERROR "OFFBEAT_LIBARCHIVE_STATIC: lib${name}.a is missing (Debian: "
                "libarchive-dev, nettle-dev, libzstd-dev, zlib1g-dev, liblzma-dev, libbz2-dev, "
                "liblz4-dev).")
    endif()
    list(APPEND libraries "${OFFBEAT_STATIC_${name}}")
endforeach()
find_path(OFFBEAT_ARCHIVE_HEADERS archive.h)
target_include_directories(offbeat_libarchive SYSTEM INTERFACE "${OFFBEAT_ARCHIVE_HEADERS}")
target_link_libraries(offbeat_libarchive INTERFACE ${libraries} Threads::Threads)
