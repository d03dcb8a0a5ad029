# What a room's CMakeLists.txt says.
#
#   lesson(PROGRAMS a07_select a07_timeout …   each from NAME.c, to build/bin/
#          EXERCISES a07_select_two …          see exercise.cmake
#          TESTS select …                      each from tests/NAME.c, CMocka
#          DROPS a07_select …                  programs, cancelled at each await
#          PROGRAM_TESTS a07_race …            tests/programs.sh NAME PROGRAM
#          LONG select_seeds blocking:500 …    tests/NAME.c, not in every run; or
#                                              one of TESTS, with this argument
#          THREADS a07_race blocking.500 …     which of all these start threads
#          SECOND_READING a07_race …)          programs and exercises that the
#                                              page keeps for its second reading
#
#   optional_program(a09_crawl libcurl libxml-2.0)
#                                              skipped, and said, without them
include(exercise)

# build/course.txt, from which the runner knows what there is: a line for each
# program and exercise; tools/learn/course.h shows them.
function(course_line kind name)
    get_filename_component(room ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    get_property(second DIRECTORY PROPERTY SECOND_READING)
    if(name IN_LIST second)
        list(APPEND ARGN second)
    endif()
    string(JOIN " " line ${kind} ${room} ${name} ${ARGN})
    set_property(GLOBAL APPEND_STRING PROPERTY COURSE "${line}\n")
endfunction()

# Two parts of all: `lessons`, what a learner runs, and `sound`, what tells
# whether it works.
function(course_write)
    get_property(programs GLOBAL PROPERTY PROGRAMS)
    get_property(tests GLOBAL PROPERTY SOUND)
    add_custom_target(lessons) # with DEPENDS, CMake allows no # in the path
    add_dependencies(lessons ${programs} learn chat_load)
    if(TARGET exercise_sample)
        add_dependencies(lessons exercise_sample)
    endif()
    add_custom_target(sound)
    add_dependencies(sound lessons ${tests})
    get_property(lines GLOBAL PROPERTY COURSE)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/course.txt
        CONTENT "root ${CMAKE_SOURCE_DIR}\n${lines}")
endfunction()

# What EXECUTOR_TRACE and EXECUTOR_CONSOLE need: an observer in every program,
# see observe.h.  Its hooks run at each poll, so they are optimised even where
# the program is not.
set(room10 ${CMAKE_SOURCE_DIR}/a10_tracing)
add_library(observers OBJECT ${room10}/observe.c
    ${room10}/timeline.c ${room10}/timeline_names.c ${room10}/timeline_walk.c
    ${room10}/timeline_svg.c ${room10}/timeline_page.c
    ${room10}/timeline_json.c ${room10}/console_tasks.c
    ${room10}/console_server.c ${room10}/console_reply.c)
target_compile_options(observers PRIVATE -O2)
target_link_libraries(observers PRIVATE course sanitized)

# The program; a test that it prints what its top comment promises.
function(program name)
    add_executable(${name} ${name}.c)
    target_link_libraries(${name} PRIVATE course sanitized observers ${ARGN})
    add_test(NAME ${name}
        COMMAND ${CMAKE_SOURCE_DIR}/tools/golden.sh check
            $<TARGET_FILE:${name}> ${CMAKE_CURRENT_SOURCE_DIR}/${name}.c)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS program)
    set_property(GLOBAL APPEND PROPERTY PROGRAMS ${name})
    course_line("program" ${name})
    program_tries(${name})
endfunction()

# A test that each experiment under "Try:" ends as tries/NAME.variants says; see
# tools/variants/README.md.  They are built as a learner builds, so not with
# sanitizers of the build's own.
function(program_tries name)
    set(variants ${CMAKE_CURRENT_SOURCE_DIR}/tries/${name}.variants)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${variants})
    if(SANITIZE)
        return()
    endif()
    if(NOT EXISTS ${variants})
        message(SEND_ERROR "${name}: describe the experiments of its Try: in "
            "tries/${name}.variants; see tools/variants/README.md")
        return()
    endif()
    file(STRINGS ${variants} tries REGEX "^= [a-z0-9_]+$")
    foreach(try ${tries})
        string(SUBSTRING ${try} 2 -1 try)
        add_test(NAME try.${name}.${try}
            COMMAND ${CMAKE_SOURCE_DIR}/tools/variants/try.sh
                ${CMAKE_BINARY_DIR} ${variants} ${try} ${CMAKE_C_COMPILER}
                $<TARGET_OBJECTS:observers> ${COURSE_ARGUMENTS}
                ${${name}_LIBRARIES}
            COMMAND_EXPAND_LISTS)
        set_tests_properties(try.${name}.${try} PROPERTIES
            LABELS "try;long" TIMEOUT 300 SKIP_RETURN_CODE 77)
    endforeach()
endfunction()

# Skipped for the first of its packages that is not there.
function(optional_program name)
    set(targets)
    set(${name}_LIBRARIES)
    foreach(package ${ARGN})
        pkg_check_modules(${package} QUIET IMPORTED_TARGET ${package})
        if(NOT ${package}_FOUND)
            message(STATUS "${name} is skipped: it needs ${package}")
            course_line("skipped" ${name} ${package})
            return()
        endif()
        list(APPEND ${name}_LIBRARIES
            ${${package}_CFLAGS} ${${package}_LINK_LIBRARIES})
        list(APPEND targets PkgConfig::${package})
    endforeach()
    program(${name} ${targets})
endfunction()

# A CMocka test, one process, run with a clean environment; of a building block.
function(course_test name)
    cmocka_test(${name} ${ARGN})
    set_tests_properties(${name} PROPERTIES LABELS block)
    set_property(GLOBAL APPEND PROPERTY SOUND test_${name})
endfunction()

function(cmocka_test name)
    add_executable(test_${name} ${ARGN})
    target_link_libraries(test_${name} PRIVATE
        course sanitized PkgConfig::CMOCKA)
    set_target_properties(test_${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND test_${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300
        ENVIRONMENT_MODIFICATION
            "EXECUTOR_CLOCK=unset:;EXECUTOR_SEED=unset:")
endfunction()

# A program that tests of programs start.
function(test_helper name)
    add_executable(${name} tests/${name}.c)
    target_link_libraries(${name} PRIVATE course sanitized)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    set_property(GLOBAL APPEND PROPERTY SOUND ${name})
endfunction()

# The program once more, with what it block_on()s dropped at each of its
# suspension points.
function(drop_test name)
    get_filename_component(room ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    cmocka_test(drop_${name} ${CMAKE_SOURCE_DIR}/tests/drop_program.c)
    target_compile_definitions(test_drop_${name} PRIVATE
        PROGRAM="${room}/${name}.c")
    set_property(TEST drop_${name} PROPERTY LABELS drops)
endfunction()

# Its arguments, and signals of others.
function(program_test name)
    add_test(NAME ${name}.program
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/programs.sh ${name}
            $<TARGET_FILE:${name}>)
    set_tests_properties(${name}.program PROPERTIES TIMEOUT 600 LABELS program)
endfunction()

function(long_test name)
    if(name MATCHES "^(.+):([0-9]+)$")
        set(name ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
        add_test(NAME ${name} COMMAND test_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
    else()
        cmocka_test(${name} tests/${name}.c)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS long
        ENVIRONMENT_MODIFICATION
            "EXECUTOR_CLOCK=unset:;EXECUTOR_SEED=unset:")
endfunction()

function(lesson)
    cmake_parse_arguments(room "" ""
        "PROGRAMS;EXERCISES;TESTS;DROPS;PROGRAM_TESTS;LONG;THREADS;SECOND_READING"
        ${ARGN})
    if(room_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "lesson(): what is ${room_UNPARSED_ARGUMENTS}?")
    endif()
    set_property(DIRECTORY PROPERTY SECOND_READING ${room_SECOND_READING})
    foreach(name ${room_PROGRAMS})
        program(${name})
    endforeach()
    foreach(name ${room_EXERCISES})
        exercise(${name})
        course_line("exercise" ${name})
        if(TEST ${name}.solution)
            set_property(TEST ${name}.solution APPEND PROPERTY LABELS solution)
        endif()
    endforeach()
    foreach(name ${room_TESTS})
        course_test(${name} tests/${name}.c)
    endforeach()
    foreach(name ${room_DROPS})
        drop_test(${name})
    endforeach()
    foreach(name ${room_PROGRAM_TESTS})
        program_test(${name})
    endforeach()
    foreach(name ${room_LONG})
        long_test(${name})
    endforeach()
    foreach(name ${room_THREADS})
        set_property(TEST ${name} APPEND PROPERTY LABELS threads)
    endforeach()
endfunction()
