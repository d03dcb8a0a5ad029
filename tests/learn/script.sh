#!/bin/sh
# ./learn on machines that lack this and that: PATH holds a few plain tools, and
# stubs that say what they were asked for.
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/expect.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
script=$root/learn
calls=$tmp/calls
export calls tmp

# stub NAME: standard input is what it does
stub() {
    {
        printf '#!/bin/sh\nPATH=%s\n' "$PATH"
        cat
    } >"$tmp/stubs/$1"
    chmod +x "$tmp/stubs/$1"
}

# machine UID THING…: a new checkout on a machine that has these
machine() {
    cd "$tmp" && rm -rf course bin have cannot && mkdir course bin have cannot ||
        exit 1
    cp "$script" "$tmp/course/learn"
    : >"$calls"
    echo "$1" >"$tmp/uid"
    shift
    for tool in sh cat grep rm mkdir mktemp find sed dirname readlink env getconf \
        ls; do
        ln -s "$(command -v $tool)" "$tmp/bin/$tool"
    done
    has id true "$@"
    cd "$tmp/course" || exit 1
}

has() {
    for thing in "$@"; do
        cp "$tmp/stubs/$thing" "$tmp/bin/" 2>/dev/null || : >"$tmp/have/$thing"
    done
}

# learn ARGUMENT…, with nothing else in PATH
learn() {
    run env PATH="$tmp/bin" "$tmp/course/learn" "$@"
}

called() {
    grep -qF -e "$1" "$calls" || wrong "did not call: $1 ($(cat "$calls"))"
}

not_called() {
    ! grep -qF -e "$1" "$calls" || wrong "called: $1"
}

everything='cc cmake ninja pkg-config libuv cmocka libcurl libxml-2.0 jansson'
needed='cc cmake ninja pkg-config libuv cmocka'

# ---- The stubs ---------------------------------------------------------------

mkdir "$tmp/stubs"
stub id <<'END'
cat "$tmp/uid"
END
stub cc <<'END'
cat >/dev/null
END
stub ninja </dev/null
stub true </dev/null
stub ctest <<'END'
echo "ctest $*" >>"$calls"
echo "ctest $*"
if [ -f "$tmp/cannot/ctest" ]; then
    mkdir -p "$2/Testing/Temporary"
    cat "$tmp/cannot/ctest" >"$2/Testing/Temporary/LastTestsFailed.log"
    exit 8
fi
echo '100% tests passed, 0 tests failed out of 97'
END
stub pkg-config <<'END'
for name; do :; done
[ -f "$tmp/have/$name" ]
END
stub cmake <<'END'
echo "cmake $*" >>"$calls"
if [ -f "$tmp/cannot/$1" ]; then
    printf '[1/2] Building\nx.c:1: error: the compiler speaks\n'
    exit 1
fi
[ "$1" = -S ] || exit 0
mkdir -p "$4/bin"
echo "CMAKE_CACHEFILE_DIR:INTERNAL=$4" >"$4/CMakeCache.txt"
echo "-- a04_urls is skipped: it needs libcurl"
: >"$4/build.ninja"
: >"$4/course.txt"
printf '#!/bin/sh\necho "runner of $LEARN_AS: $*"\nexit 5\n' >"$4/bin/learn"
chmod +x "$4/bin/learn"
END
stub sudo <<'END'
echo "sudo $*" >>"$calls"
[ -f "$tmp/cannot/sudo" ] && exit 1
[ "$1" = -n ] && shift
exec env PATH="$tmp/bin" "$@"
END
stub apt-get <<'END'
echo "apt-get $*" >>"$calls"
echo 'E: apt-get speaks'
for package; do
    [ -f "$tmp/cannot/$package" ] && exit 100
done
for package; do
    case $package in
    gcc) cp "$tmp/stubs/cc" "$tmp/bin/" ;;
    cmake | pkg-config) cp "$tmp/stubs/$package" "$tmp/bin/" ;;
    ninja-build) cp "$tmp/stubs/ninja" "$tmp/bin/" ;;
    libuv1-dev) : >"$tmp/have/libuv" ;;
    libcmocka-dev) : >"$tmp/have/cmocka" ;;
    libcurl4-openssl-dev) : >"$tmp/have/libcurl" ;;
    libxml2-dev) : >"$tmp/have/libxml-2.0" ;;
    libjansson-dev) : >"$tmp/have/jansson" ;;
    libmicrohttpd-dev) : >"$tmp/have/libmicrohttpd" ;;
    libncurses-dev) : >"$tmp/have/ncurses" ;;
    esac
done
END
for manager in dnf pacman apk zypper brew; do
    echo "echo $manager >>'$calls'" | stub $manager
done

# ---- A bare Debian -----------------------------------------------------------

it 'as root installs all it needs, builds, and starts the runner'
machine 0 apt-get
learn list
status 5
says 'Installing with apt-get: gcc libc6-dev cmake ninja-build pkg-config libuv1-dev'
says 'libcmocka-dev libcurl4-openssl-dev libxml2-dev'
says "runner of $tmp/course/learn: list"
says_not 'apt-get speaks'
says 'a04_urls is skipped: it needs libcurl'
called update
called 'install --no-install-recommends gcc'
not_called sudo
called '--target lessons'

it 'the second time only asks the build'
: >"$calls"
learn list
status 5
lines 1
not_called apt-get
not_called 'cmake -S'
called '--target learn'
count=$(wc -l <"$calls")
[ "$count" -eq 1 ] || wrong "$count calls"

it 'goes on without an optional package, and does not try again'
machine 0 apt-get
: >"$tmp/cannot/libcurl4-openssl-dev"
learn
status 5
says 'libcurl4-openssl-dev cannot be installed'
: >"$calls"
learn
status 5
lines 1
not_called apt-get

it 'shows what apt-get says when it fails, and ends'
machine 0 apt-get
: >"$tmp/cannot/libuv1-dev"
learn
status 1
says 'apt-get speaks'
says 'apt-get install gcc'
says_not 'runner of'

it 'goes through sudo when it is not root'
machine 1000 apt-get sudo
learn
status 5
says 'Installing with sudo apt-get: gcc'
called 'sudo -n env DEBIAN_FRONTEND=noninteractive apt-get'

it 'says what to install when sudo refuses'
machine 1000 apt-get sudo
: >"$tmp/cannot/sudo"
learn
status 1
says 'apt-get install gcc libc6-dev cmake'
not_called apt-get

it 'says what to install when there is no sudo'
machine 1000 apt-get
learn
status 1
says 'Missing: compiler cmake ninja pkg-config libuv cmocka'
says 'apt-get install gcc libc6-dev cmake'
says_not 'runner of'
not_called apt-get

it '--no-install only says what to do'
machine 0 apt-get
learn --no-install list
status 1
says 'apt-get install gcc libc6-dev cmake'
not_called apt-get

# ---- Machines that have something --------------------------------------------

it 'asks for nothing when all that is needed is there'
# shellcheck disable=SC2086 # words
machine 1000 apt-get sudo $needed
learn run a01_futures 'two words'
status 5
says 'runner of'
says 'run a01_futures two words'
not_called sudo
not_called apt-get

it '--install gets what only some programs need'
learn --install
status 5
called 'libcurl4-openssl-dev'
called 'libjansson-dev'
: >"$calls"
learn --install
not_called apt-get

it 'installs only what is missing'
# shellcheck disable=SC2086 # words
machine 0 apt-get $everything
rm "$tmp/have/libuv"
learn
status 5
called 'install --no-install-recommends libuv1-dev'
not_called gcc

it 'takes make where there is no ninja'
# shellcheck disable=SC2086 # words
machine 0 $everything
rm "$tmp/bin/ninja"
cp "$tmp/stubs/ninja" "$tmp/bin/make"
learn
status 5
called 'Unix Makefiles'

it 'prints the command on other systems, with their names'
for line in 'dnf install gcc libasan libubsan cmake ninja-build' \
    'pacman -S --needed gcc cmake ninja pkgconf libuv cmocka' \
    'apk add gcc libc-dev cmake make pkgconf libuv-dev cmocka-dev' \
    'zypper install gcc cmake ninja pkg-config libuv-devel libcmocka-devel' \
    'brew install gcc cmake ninja pkgconf libuv cmocka'; do
    manager=${line%% *}
    machine 0 "$manager"
    learn
    status 1
    says "    $line"
    not_called "$manager"
done

it 'names what is missing where it knows no package manager'
machine 0
learn
status 1
says 'Missing: compiler cmake ninja pkg-config libuv cmocka'

# ---- Builds ------------------------------------------------------------------

it 'builds anew after the checkout has moved'
# shellcheck disable=SC2086 # words
machine 0 $everything
learn
mv "$tmp/course" "$tmp/moved"
: >"$calls"
run env PATH="$tmp/bin" "$tmp/moved/learn" list
status 5
called "cmake -S $tmp/moved -B $tmp/moved/build"
rm -rf "$tmp/moved"

it 'works from another folder, and through a link'
# shellcheck disable=SC2086 # words
machine 0 $everything
mkdir "$tmp/links"
ln -s ../course/learn "$tmp/links/learn"
cd "$tmp/links" || exit 1
run env PATH="$tmp/bin" ./learn list
status 5
says 'runner of ./learn: list'
called "cmake -S $tmp/course"

it 'names what cmake cannot have in a path'
for folder in 'a;b' 'a"b' 'a\b'; do
    # shellcheck disable=SC2086 # words
    machine 0 $everything
    mkdir "$folder"
    cp learn "$folder/"
    run env PATH="$tmp/bin" "$folder/learn" list
    status 1
    lines 1
    says 'Rename the folder'
done

it 'shows what cmake says when it cannot configure'
# shellcheck disable=SC2086 # words
machine 0 $everything
: >"$tmp/cannot/-S"
learn
status 1
says 'the compiler speaks'

it 'shows what the compiler says when the runner does not build'
# shellcheck disable=SC2086 # words
machine 0 $everything
: >"$tmp/cannot/--build"
learn
status 1
says 'the compiler speaks'
says_not '[1/2]'

it 'test builds what it runs, and says whether the installation is sound'
# shellcheck disable=SC2086 # words
machine 0 $everything ctest
learn test
called '--target sound'
status 0
says 'Sound: 97 tests'
called '-k 0'
called 'program|block|solution'

it 'test says what to do when something fails, without a regular expression'
printf '3:a01_waker\n9:a01_box.solution\n12:select\n' >"$tmp/cannot/ctest"
mkdir a01_futures
: >a01_futures/a01_waker.c
learn test
status 1
says 'a01_waker does not print what its top comment promises'
says "a01_box: its test rejects the course's solution"
says 'select: the test'
says 'test once more'
says_not 'Regex'

it 'test --all and others pass their arguments to ctest, and its status back'
learn test -R 'two words'
status 8
says 'ctest --test-dir'
says '--output-on-failure'
says '-R two words'
rm "$tmp/cannot/ctest"
learn test --all -R x
called '--target all'
status 0
says '-LE long -R x'

it 'test ends when something does not build'
: >"$tmp/cannot/--build"
learn test
status 1
says 'the compiler speaks'
says_not 'ctest --test-dir'

it 'runs what is there where nothing may be written'
if [ "$(id -u)" = 0 ]; then
    echo 'skipped: root may write everywhere'
else
    # shellcheck disable=SC2086 # words
    machine 1000 $everything
    learn
    : >"$calls"
    chmod a-w "$tmp/course/build"
    learn check box
    status 5
    says 'check box'
    not_called cmake
    learn test
    status 1
    says 'you may not write in'
    chmod u+w "$tmp/course/build"
fi

it 'explains itself on a machine that has nothing'
machine 1000
learn --help
status 0
says 'check [NAME…]'
learn check --help
status 0
says 'the current exercise'
says_not 'hint [NAME]'
learn list -h
lines 1
cp "$root/CMakeLists.txt" .
learn --version
status 0
lines 1
says 'async-in-c '

done_testing
