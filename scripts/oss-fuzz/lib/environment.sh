# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with check
# The environment in which OSS-Fuzz's images build, and in which its runner runs targets.

readonly FLAGS_COMMON="-O1 -fno-omit-frame-pointer -gline-tables-only
    -Wno-error=incompatible-function-pointer-types -Wno-error=int-conversion
    -Wno-error=deprecated-declarations -Wno-error=implicit-function-declaration
    -Wno-error=implicit-int -Wno-error=unknown-warning-option -Wno-error=vla-cxx-extension
    -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
readonly UNDEFINED_CHECKS="array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound,vptr"

# What bad_build_check holds builds to: calls into a sanitizer that there must be at least.
readonly CALLS_ADDRESS=1000 CALLS_MEMORY=1000 CALLS_UNDEFINED=168
# And at most in builds for another one.
readonly CALLS_OTHER_ADDRESS=0 CALLS_OTHER_MEMORY=3 CALLS_OTHER_UNDEFINED=200
readonly EDGES_MIN=100 # only warned of, there as here

sanitizer_flags() {
    case $1 in
    address) echo "-fsanitize=address -fsanitize-address-use-after-scope" ;;
    undefined)
        echo "-fsanitize=$UNDEFINED_CHECKS,unsigned-integer-overflow -fno-sanitize-recover=$UNDEFINED_CHECKS"
        ;;
    memory) echo "-fsanitize=memory -fsanitize-memory-track-origins" ;;
    coverage | none) ;;
    esac
}

# coverage_flags ENGINE SANITIZER: how the code is made to tell where it goes.
coverage_flags() {
    if [[ $2 == coverage ]]; then
        echo "-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm -Wno-unused-command-line-argument"
        return
    fi
    case $1 in
    libfuzzer) echo "-fsanitize=fuzzer-no-link" ;;
    honggfuzz) echo "-fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp" ;;
    centipede)
        echo "-fno-builtin -fsanitize-coverage=trace-pc-guard,pc-table,trace-cmp -O2 -gline-tables-only -Wno-unused-command-line-argument -Wl,-ldl -Wl,-lrt -Wl,-lpthread"
        ;;
    afl) ;;
    esac
}

# OSS-Fuzz links libc++ statically; where there is none, the system's C++ library has to do.
cxx_library_flag() {
    if echo 'int main(){}' | clang++ -stdlib=libc++ -x c++ - -o /dev/null 2>/dev/null; then
        echo "-stdlib=libc++"
    fi
}

# The engine that LIB_FUZZING_ENGINE names. For honggfuzz and Centipede it is a stand-in: an archive
# with a main() that calls what these call, for the inputs that it is given.
make_engine() {
    local engine=$1 archive=$2 folder

    case $engine in
    libfuzzer) echo "-fsanitize=fuzzer" ;;
    afl)
        for folder in "${AFL_PATH:-/usr/lib/afl}" /usr/local/lib/afl /usr/lib/afl; do
            if [[ -f $folder/libAFLDriver.a ]]; then
                cp "$folder/libAFLDriver.a" "$archive"
                echo "$archive"
                return
            fi
        done
        return 1
        ;;
    *)
        clang -O1 -g -c "$oss_fuzz/lib/stand_in_engine.c" -o "$archive.o" || return
        rm -f "$archive"
        ar qc "$archive" "$archive.o" && echo "$archive"
        ;;
    esac
}

# build_environment ENGINE SANITIZER: VARIABLE=VALUE, one a line. LIB_FUZZING_ENGINE is added by who
# has made the engine.
build_environment() {
    local engine=$1 sanitizer=$2 flags compiler=clang

    flags="${FLAGS_COMMON//[[:space:]]/ } $(sanitizer_flags "$sanitizer") $(coverage_flags "$engine" "$sanitizer")"
    [[ $engine != afl ]] || compiler=afl-clang-fast
    echo "CC=$compiler"
    echo "CXX=$compiler++"
    if [[ $sanitizer == undefined ]]; then
        echo "CFLAGS=$flags -fno-sanitize=function"
    else
        echo "CFLAGS=$flags"
    fi
    echo "CXXFLAGS=$flags $(cxx_library_flag)"
    echo "SANITIZER=$sanitizer"
    echo "FUZZING_ENGINE=$engine"
    echo "FUZZING_LANGUAGE=c"
    echo "ARCHITECTURE=x86_64"
    echo "UBSAN_OPTIONS=silence_unsigned_overflow=1"
    if [[ $engine == afl ]]; then
        echo "AFL_QUIET=1"
        echo "AFL_IGNORE_PROBLEMS=1"
        echo "AFL_IGNORE_UNKNOWN_ENVS=1"
        echo "ASAN_OPTIONS=detect_leaks=0:symbolize=0:detect_odr_violation=0:abort_on_error=1"
    fi
}

# run_environment: what the runner's image sets.
run_environment() {
    echo "ASAN_OPTIONS=alloc_dealloc_mismatch=0:allocator_may_return_null=1:detect_leaks=${LEAKS:-1}:detect_odr_violation=0:detect_stack_use_after_return=1:fast_unwind_on_fatal=0:handle_abort=1:handle_segv=1:handle_sigill=1:symbolize=1:use_sigaltstack=1"
    echo "MSAN_OPTIONS=symbolize=1"
    echo "UBSAN_OPTIONS=print_stacktrace=1:print_summary=1:silence_unsigned_overflow=1:symbolize=1"
}
