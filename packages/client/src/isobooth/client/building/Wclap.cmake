# wclap_add_plugin(): a CLAP plugin as a WebAssembly bundle, and natively, from the same sources.
#
#     list(APPEND CMAKE_MODULE_PATH "…")   # what `isobooth wclap build --cmake-folder` prints
#     include(Wclap)
#     wclap_add_plugin(filter
#         SOURCES filter.c
#         INCLUDES ${CLAP_HEADERS}
#         RESOURCES ${CMAKE_CURRENT_SOURCE_DIR}/ui)
#
# In an ordinary build (Linux, macOS, Windows; any generator) this makes two targets: `filter`, the native CLAP, and
# `filter_wclap`, the bundle, for which a second compiler is found: zig (a program, or the package ziglang of a Python), a
# WASI SDK, or clang with wasi-libc. In a build whose own toolchain is WASI's (CMAKE_SYSTEM_NAME is WASI) `filter` is the
# bundle, and there is no `filter_wclap`.
#
#   SOURCES    C and C++ files; one of them defines clap_entry.
#   INCLUDES   folders with headers.
#   DEFINES    macros, NAME or NAME=VALUE.
#   OPTIONS    further options for the compiler.
#   RESOURCES  a folder whose content goes beside the module.
#   NAME       of Name.clap and Name.wclap; default: the target's.
#   OUTPUT     the folder for both; default: CMAKE_CURRENT_BINARY_DIR.
#   NO_NATIVE  the bundle alone.
#
# WCLAP_CC and WCLAP_CXX (lists: a command and its first arguments) are found when they are not set.
cmake_minimum_required(VERSION 3.20)
include_guard(GLOBAL)

set(_wclap_compile -msimd128 -fvisibility=hidden -O3 -DNDEBUG)
set(_wclap_compile_cxx -fno-exceptions -fno-rtti)
set(_wclap_link
    -mexec-model=reactor # _initialize instead of main
    -Wl,--export=clap_entry
    -Wl,--export=malloc # for what the host passes
    -Wl,--export-table # for the host's functions
    -Wl,--growable-table
    -Wl,-z,stack-size=1048576 # the 64 KiB of LLVM's linker are too few for many a native source
    -Wl,-s)
set(_wclap_stack_first -Wl,--stack-first) # what is too deep is a crash, not other data; zig does so unasked

# Set WCLAP_CC and WCLAP_CXX to a compiler for WebAssembly, or stop with what to install.
function(_wclap_find_compiler)
    if(WCLAP_CC AND WCLAP_CXX)
        return()
    endif()
    find_program(WCLAP_ZIG zig DOC "zig, for plugins in WebAssembly")
    if(WCLAP_ZIG)
        _wclap_use("${WCLAP_ZIG};cc;--target=wasm32-wasi" "${WCLAP_ZIG};c++;--target=wasm32-wasi")
        return()
    endif()
    find_package(Python3 QUIET COMPONENTS Interpreter)
    if(Python3_Interpreter_FOUND)
        execute_process(
            COMMAND "${Python3_EXECUTABLE}" -m ziglang version
            RESULT_VARIABLE failed
            OUTPUT_QUIET ERROR_QUIET)
        if(NOT failed)
            _wclap_use("${Python3_EXECUTABLE};-m;ziglang;cc;--target=wasm32-wasi"
                       "${Python3_EXECUTABLE};-m;ziglang;c++;--target=wasm32-wasi")
            return()
        endif()
    endif()
    foreach(folder "$ENV{WASI_SDK_PATH}" "$ENV{WASI_SDK_PREFIX}")
        if(folder AND EXISTS "${folder}/share/wasi-sysroot")
            set(rest "--target=wasm32-wasi;--sysroot=${folder}/share/wasi-sysroot")
            _wclap_use("${folder}/bin/clang;${rest}" "${folder}/bin/clang++;${rest}")
            return()
        endif()
    endforeach()
    find_program(WCLAP_CLANG clang DOC "clang, for plugins in WebAssembly")
    if(WCLAP_CLANG AND EXISTS /usr/include/wasm32-wasi)
        _wclap_use("${WCLAP_CLANG};--target=wasm32-wasi" "${WCLAP_CLANG}++;--target=wasm32-wasi")
        return()
    endif()
    message(FATAL_ERROR "wclap_add_plugin: there is no compiler for WebAssembly. On any system: pip install ziglang. "
                        "On Debian: apt-get install clang lld wasi-libc libclang-rt-dev-wasm32 libc++-dev-wasm32. "
                        "Or unpack a WASI SDK and set WASI_SDK_PATH. Or set WCLAP_CC and WCLAP_CXX.")
endfunction()

function(_wclap_use cc cxx)
    set(WCLAP_CC "${cc}" CACHE STRING "Command that compiles C to WebAssembly")
    set(WCLAP_CXX "${cxx}" CACHE STRING "Command that compiles C++ to WebAssembly")
    list(JOIN cc " " shown)
    message(STATUS "WCLAP: compiling with ${shown}")
endfunction()

# Resources beside the module of a target that makes a bundle.
function(_wclap_copy_resources target folder bundle)
    if(folder)
        add_custom_command(
            TARGET ${target}
            POST_BUILD
            COMMAND "${CMAKE_COMMAND}" -E copy_directory "${folder}" "${bundle}"
            VERBATIM)
    endif()
endfunction()

# The build's own compiler makes WebAssembly.
function(_wclap_add_own target)
    set(bundle "${wclap_OUTPUT}/${wclap_NAME}.wclap")
    add_executable(${target} ${wclap_SOURCES})
    target_include_directories(${target} PRIVATE ${wclap_INCLUDES})
    target_compile_definitions(${target} PRIVATE ${wclap_DEFINES})
    target_compile_options(${target} PRIVATE ${_wclap_compile} $<$<COMPILE_LANGUAGE:CXX>:${_wclap_compile_cxx}>
                                             ${wclap_OPTIONS})
    set(stack ${_wclap_stack_first})
    if("${CMAKE_C_COMPILER};${CMAKE_C_COMPILER_ARG1};${CMAKE_CXX_COMPILER}" MATCHES "zig")
        set(stack)
    endif()
    target_link_options(${target} PRIVATE ${_wclap_link} ${stack})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME module SUFFIX .wasm RUNTIME_OUTPUT_DIRECTORY "${bundle}")
    _wclap_copy_resources(${target} "${wclap_RESOURCES}" "${bundle}")
endfunction()

# A second compiler makes WebAssembly: one command for each source, one to link.
function(_wclap_add_second target)
    _wclap_find_compiler()
    set(bundle "${wclap_OUTPUT}/${wclap_NAME}.wclap")
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_wclap.dir")
    list(TRANSFORM wclap_INCLUDES PREPEND -I)
    list(TRANSFORM wclap_DEFINES PREPEND -D)
    set(objects)
    set(linker ${WCLAP_CC})
    foreach(source IN LISTS wclap_SOURCES)
        get_filename_component(source "${source}" ABSOLUTE)
        get_filename_component(stem "${source}" NAME)
        get_filename_component(suffix "${source}" LAST_EXT)
        list(LENGTH objects number)
        set(object "${folder}/${number}-${stem}.o")
        set(compiler ${WCLAP_CC})
        set(more)
        if(NOT suffix STREQUAL ".c")
            set(compiler ${WCLAP_CXX})
            set(linker ${WCLAP_CXX})
            set(more ${_wclap_compile_cxx})
        endif()
        add_custom_command(
            OUTPUT "${object}"
            COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
            COMMAND ${compiler} -c "${source}" -o "${object}" -MD -MF "${object}.d" ${_wclap_compile} ${more}
                    ${wclap_INCLUDES} ${wclap_DEFINES} ${wclap_OPTIONS}
            DEPENDS "${source}"
            DEPFILE "${object}.d"
            COMMENT "Compiling ${stem} to WebAssembly"
            VERBATIM)
        list(APPEND objects "${object}")
    endforeach()
    set(stack ${_wclap_stack_first})
    if("${linker}" MATCHES "zig")
        set(stack)
    endif()
    add_custom_command(
        OUTPUT "${bundle}/module.wasm"
        COMMAND "${CMAKE_COMMAND}" -E make_directory "${bundle}"
        COMMAND ${linker} ${objects} -o "${bundle}/module.wasm" ${_wclap_link} ${stack}
        DEPENDS ${objects}
        COMMENT "Linking ${wclap_NAME}.wclap"
        VERBATIM)
    add_custom_target(${target}_wclap ALL DEPENDS "${bundle}/module.wasm")
    _wclap_copy_resources(${target}_wclap "${wclap_RESOURCES}" "${bundle}")
endfunction()

function(_wclap_add_native target)
    add_library(${target} MODULE ${wclap_SOURCES})
    target_include_directories(${target} PRIVATE ${wclap_INCLUDES})
    target_compile_definitions(${target} PRIVATE ${wclap_DEFINES})
    target_compile_options(${target} PRIVATE ${wclap_OPTIONS})
    set_target_properties(
        ${target}
        PROPERTIES OUTPUT_NAME "${wclap_NAME}"
                   PREFIX ""
                   SUFFIX .clap
                   C_VISIBILITY_PRESET hidden
                   CXX_VISIBILITY_PRESET hidden
                   LIBRARY_OUTPUT_DIRECTORY "${wclap_OUTPUT}")
    if(APPLE)
        set_target_properties(${target} PROPERTIES BUNDLE TRUE BUNDLE_EXTENSION clap)
    elseif(UNIX)
        target_link_libraries(${target} PRIVATE m)
    endif()
endfunction()

function(wclap_add_plugin target)
    cmake_parse_arguments(PARSE_ARGV 1 wclap NO_NATIVE "NAME;OUTPUT;RESOURCES" "SOURCES;INCLUDES;DEFINES;OPTIONS")
    if(wclap_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "wclap_add_plugin(${target}): what is ${wclap_UNPARSED_ARGUMENTS}?")
    endif()
    if(NOT wclap_SOURCES)
        message(FATAL_ERROR "wclap_add_plugin(${target}): there are no SOURCES")
    endif()
    if(wclap_RESOURCES AND NOT IS_DIRECTORY "${wclap_RESOURCES}")
        message(FATAL_ERROR "wclap_add_plugin(${target}): RESOURCES: there is no folder ${wclap_RESOURCES}")
    endif()
    if(NOT wclap_NAME)
        set(wclap_NAME "${target}")
    endif()
    if(NOT wclap_OUTPUT)
        set(wclap_OUTPUT "${CMAKE_CURRENT_BINARY_DIR}")
    endif()
    if(CMAKE_SYSTEM_NAME STREQUAL "WASI")
        _wclap_add_own(${target})
        return()
    endif()
    _wclap_add_second(${target})
    if(NOT wclap_NO_NATIVE)
        _wclap_add_native(${target})
    endif()
endfunction()
