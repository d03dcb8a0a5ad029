# How everything is compiled, and with what.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Debug (-g, so -O0) keeps the checks of executor.h and compiles fastest.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Debug CACHE STRING "Debug, Release" FORCE)
endif()

option(WARNINGS_AS_ERRORS "as CI does" OFF)
set(SANITIZE "" CACHE STRING "address,undefined or thread")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# What every program of the course is built with; exercises bring sanitizers of
# their own, so those of SANITIZE stand apart.
add_library(course INTERFACE)
target_include_directories(course INTERFACE
    ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(course INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(course INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(WARNINGS_AS_ERRORS)
    target_compile_options(course INTERFACE -Werror)
endif()
target_link_libraries(course INTERFACE PkgConfig::UV Threads::Threads)

# The same for what is compiled by a script, without CMake.
set(COURSE_ARGUMENTS -std=c11 -g -D_POSIX_C_SOURCE=200809L -Wall -Wextra
    -I${CMAKE_SOURCE_DIR} -I${CMAKE_SOURCE_DIR}/include
    ${UV_CFLAGS} ${UV_LINK_LIBRARIES} -lpthread)

add_library(sanitized INTERFACE)
if(SANITIZE)
    target_compile_options(sanitized INTERFACE
        -fsanitize=${SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    target_link_options(sanitized INTERFACE -fsanitize=${SANITIZE})
endif()

# file(GLOB) for patterns below this folder, whose own name may hold [ or *.
function(glob result)
    string(REGEX REPLACE "([][*?])" "[\\1]" here "${CMAKE_CURRENT_SOURCE_DIR}")
    list(TRANSFORM ARGN PREPEND "${here}/")
    file(GLOB found CONFIGURE_DEPENDS ${ARGN})
    set(${result} ${found} PARENT_SCOPE)
endfunction()
