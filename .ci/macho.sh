#!/bin/sh
# macho.sh [PROGRAM.c]
#
# Does a program of the course link as on macOS?  Here is no SDK of Apple, so it
# is compiled for macOS with this machine's headers, and the linker will miss
# the C library and libuv.  It must not miss a symbol of the course's own: those
# that several files may define, or none (weak, common), are what linkers differ
# in.
set -u
program=${1:-a05_spawn/a05_one_future_four_executors.c}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

linker=
for name in ld64.lld ld64.lld-14 /usr/lib/llvm-*/bin/ld64.lld; do
    command -v "$name" >/dev/null && linker=$name && break
done
if [ -z "$linker" ]; then
    echo 'macho.sh: needs ld64.lld (package lld)'
    exit 2
fi

compile() { # OUT ARGUMENT...
    out=$1
    shift
    clang -std=c11 -D_POSIX_C_SOURCE=200809L -I. -Iinclude "$@" \
        -c "$program" -o "$out"
}

multiarch=/usr/include/$(gcc -print-multiarch 2>/dev/null)
compile "$tmp/elf.o" &&
    compile "$tmp/macho.o" --target=x86_64-apple-macos12 -D__linux__ \
        -U__APPLE__ -U__MACH__ -U__nonnull -U__nullable \
        -isystem "$multiarch" -isystem /usr/include || exit 1

# Those of this machine's object file, spelt as Mach-O does.
nm "$tmp/elf.o" | awk '$(NF - 1) ~ /^[CVWvw]$/ { print "_" $NF }' |
    sort >"$tmp/ours"
"$linker" -arch x86_64 -platform_version macos 12 12 --error-limit=0 \
    -o "$tmp/program" "$tmp/macho.o" 2>&1 |
    sed -n 's/.*undefined symbol: //p' | sort -u >"$tmp/missing"

if [ ! -s "$tmp/ours" ] || ! grep -qx _printf "$tmp/missing"; then
    echo "macho.sh: $program: nothing was checked"
    exit 2
fi
bad=$(comm -12 "$tmp/ours" "$tmp/missing")
[ -z "$bad" ] && exit 0
echo "$program: a Mach-O linker does not find what it declares: $bad"
exit 1
