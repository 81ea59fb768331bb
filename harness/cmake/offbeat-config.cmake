# find_package(offbeat): the harness, compiled by the project that asks for it.
#
# A fuzz program, the engine that drives it, sanitizers and the harness have to fit each other, so
# an archive that was compiled once fits one of many builds. What is installed is the sources,
# beside this file's folder, and a project compiles them as add_subdirectory() would: once for each
# build folder.
#
# Defines offbeat_add_target(), offbeat_add_program(), offbeat_add_regression() and
# offbeat_add_regressions(), and the command `offbeat` of the project, as the target offbeat_cli.
if(NOT COMMAND offbeat_add_target)
    get_filename_component(offbeat_sources "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
    add_subdirectory("${offbeat_sources}" "${CMAKE_BINARY_DIR}/offbeat")
endif()
