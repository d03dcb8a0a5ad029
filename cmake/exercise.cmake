# exercise(NAME): in a room, exercises/NAME.c is what is shipped to complete,
# exercises/NAME.test.c its test; hints/NAME.md helps in three grades.  The test
# must fail with the TODO of what is shipped, pass with solutions/NAME.c, and
# reject each wrong answer of mistakes/NAME.variants in its own words.  One that
# has nothing in common with the solution is a file mistakes/NAME.LABEL.c, with
# the words in its first line:
#
#     /* Expect: took no waker */
#
# See tools/exercise/README.md and tools/variants/README.md.
function(exercise name)
    if(NOT TARGET exercise)
        return()
    endif()
    glob(mistakes mistakes/${name}.*.c)
    exercise_mistakes(${name})
    list(LENGTH mistakes count)
    math(EXPR count "${count} + ${variants_count}")
    if(count LESS 5)
        message(SEND_ERROR "${name}: ${count} mistakes; five are the least")
    endif()
    exercise_hints(${name})
    exercise_answer(${name}.shipped exercises/${name}.c
        "TODO: [^ ]")
    exercise_answer(${name}.solution solutions/${name}.c "")
    foreach(mistake ${mistakes})
        file(RELATIVE_PATH mistake ${CMAKE_CURRENT_SOURCE_DIR} ${mistake})
        get_filename_component(label ${mistake} NAME_WLE)
        exercise_expected(${mistake} words)
        exercise_answer(${label} ${mistake} "${words}")
    endforeach()
endfunction()

# A test that each block of mistakes/NAME.variants is rejected.
function(exercise_mistakes name)
    set(variants ${CMAKE_CURRENT_SOURCE_DIR}/mistakes/${name}.variants)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${variants})
    set(mistakes)
    if(EXISTS ${variants})
        file(STRINGS ${variants} mistakes REGEX "^= [a-z0-9_]+$")
    endif()
    foreach(mistake ${mistakes})
        string(SUBSTRING ${mistake} 2 -1 mistake)
        add_test(NAME ${name}.${mistake}
            COMMAND ${CMAKE_SOURCE_DIR}/tools/variants/mistake.sh
                ${CMAKE_BINARY_DIR} ${variants} ${mistake})
        set_tests_properties(${name}.${mistake} PROPERTIES LABELS exercise
            TIMEOUT 600)
    endforeach()
    list(LENGTH mistakes count)
    set(variants_count ${count} PARENT_SCOPE)
endfunction()

function(exercise_hints name)
    set(hints ${CMAKE_CURRENT_SOURCE_DIR}/hints/${name}.md)
    set(grades "")
    if(EXISTS ${hints})
        file(STRINGS ${hints} grades REGEX "^# [1-9]$")
    endif()
    if(NOT grades STREQUAL "# 1;# 2;# 3")
        message(SEND_ERROR "${hints}: three hints are needed, # 1, # 2, # 3")
    endif()
endfunction()

# The words that a mistake expects, as a regular expression: literally, and
# wherever the lines are broken.
function(exercise_expected mistake result)
    file(STRINGS ${mistake} line LIMIT_COUNT 1)
    if(NOT line MATCHES "^/\\* Expect: (.+) \\*/$")
        message(SEND_ERROR
            "${mistake}: the first line must be /* Expect: ... */")
    endif()
    string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" words "${CMAKE_MATCH_1}")
    string(REPLACE " " "[ \n]+" words "${words}")
    set(${result} "${words}" PARENT_SCOPE)
endfunction()

# A test that this answer passes, or is rejected with these words.
function(exercise_answer label answer words)
    set(test ${CMAKE_CURRENT_SOURCE_DIR}/exercises/${name}.test.c)
    add_test(NAME ${label} COMMAND ${CMAKE_BINARY_DIR}/exercise.sh
        ${test} ${CMAKE_CURRENT_SOURCE_DIR}/${answer})
    set_tests_properties(${label} PROPERTIES
        LABELS exercise
        TIMEOUT 600)
    if(words)
        set_tests_properties(${label} PROPERTIES PASS_REGULAR_EXPRESSION
            "FAIL[^\n]*\n(        [^\n]*\n)*[^\n]*${words}")
    endif()
    if(NOT answer MATCHES "^mistakes/")
        set_tests_properties(${label} PROPERTIES FAIL_REGULAR_EXPRESSION
            "warning:")
        set_property(TEST ${label} APPEND PROPERTY ENVIRONMENT
            "EXERCISE_CFLAGS=-Wpedantic -Wshadow -Wconversion")
    endif()
endfunction()
