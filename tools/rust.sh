#!/bin/sh
# rust.sh FOLDER
#
# Do the Rust blocks of the notes compile, and do those that end run?  A block
# becomes a program of a crate in FOLDER.  One with `fn main` is run; the others
# are run if a comment above them says what to call:
#
#     <!-- run: assert_eq!(launch().await, 3) -->      in a tokio runtime
#     <!-- run paused: three_workers().await -->       the same, in paused time
#     <!-- not run: it never ends -->                  only compiled
#     <!-- not compiled: it needs tokio 1.28 -->       left out
#
# From a `let` at the margin on, a block is the body of an async function.
# Blocks marked ```rust,compile_fail are left out.  It needs cargo and Debian's
# librust-X-dev of the crates below; without them it exits 77.
set -u
export LC_ALL=C
folder=${1:?rust.sh FOLDER}
root=$(cd "$(dirname "$0")/.." && pwd)
registry=/usr/share/cargo/registry
for crate in tokio tokio-util tokio-stream futures rayon async-stream \
    async-trait pin-project tracing tracing-subscriber; do
    ls -d $registry/$crate-[0-9]* >/dev/null 2>&1 && command -v cargo \
        >/dev/null && continue
    echo "not checked: the Rust blocks (no cargo, or no librust-$crate-dev)"
    exit 77
done

rm -rf "$folder/src" && mkdir -p "$folder/src/bin" && cd "$folder" || exit 2
cat >Cargo.toml <<'END'
[package]
name = "blocks"
version = "0.0.0"
edition = "2021"
[profile.dev]
opt-level = 1
[profile.dev.package."*"]
opt-level = 0
[workspace]
[dependencies]
tokio = { version = "1", features = ["full", "test-util"] }
tokio-util = { version = "0.7", features = ["full"] }
tokio-stream = { version = "0.1", features = ["sync"] }
futures = "0.3"
rayon = "1"
async-stream = "0.3"
async-trait = "0.1"
pin-project = "1"
tracing = "0.1"
tracing-subscriber = { version = "0.3", features = ["env-filter", "json"] }
END
awk '
    FNR == 1 { page = FILENAME; gsub(/.*\/|\.md$/, "", page) }
    code && /^```/ {
        if (file && body)
            print "}" >file
        if (file && main && how != "not run")
            print page "_" line
        if (file && !main) {
            if (how ~ /^run/) {
                print page "_" line
                print "#[tokio::main(flavor = \"current_thread\"" \
                    (how == "run paused" ? ", start_paused = true" : "") ")]" \
                    "\nasync fn main() {\n    " what ";\n}" >file
            } else
                print "fn main() {}" >file
        }
        if (file)
            close(file)
        code = 0
        how = file = ""
        next
    }
    code {
        if (file && !body && /^let /) {
            print "async fn block() {" >file
            body = 1
        }
        if (file)
            print >file
        main = main || /fn main\(/
        next
    }
    /^```/ {
        code = 1
        main = body = 0
        line = FNR
        if ($0 == "```rust" && how != "not compiled") {
            file = "src/bin/" page "_" line ".rs"
            print "#![allow(dead_code, unused)]" >file
        }
        next
    }
    match($0, /^<!-- (run|run paused|not run|not compiled): /) {
        how = substr($0, 6, RLENGTH - 7)
        what = substr($0, RLENGTH + 1, length($0) - RLENGTH - 4)
        next
    }
    { how = "" }
' "$root"/notes/*.md >run || exit 2

cargo build -q --offline --config 'source.crates-io.replace-with="debian"' \
    --config "source.debian.directory='$registry'" || exit 1
bad=0
while read -r name; do
    timeout 60 "target/debug/$name" </dev/null >output 2>&1 && continue
    echo "notes/${name%_*}.md:${name##*_}: this block fails, or does not end"
    sed 's/^/    /' output
    bad=1
done <run
set -- src/bin/*
echo "$# Rust blocks compile, $(wc -l <run) of them were run"
exit $bad
