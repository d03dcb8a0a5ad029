#!/bin/sh
# watch.sh LEARN: watch mode in a real terminal, which tmux plays.
# shellcheck disable=SC2317 # functions that eventually calls
set -u
# shellcheck source=tests/learn/expect.sh
. "$(dirname "$0")/expect.sh"
if ! command -v tmux >/dev/null; then
    echo 'skipped: there is no tmux'
    exit 77
fi
# shellcheck source=tests/learn/played_course.sh
. "$(dirname "$0")/played_course.sh"
TMPDIR=$tmp/temporary
export TMPDIR
mkdir "$TMPDIR"
unset VISUAL EDITOR TMUX
cat >"$tmp/bin/editor" <<'END_OF_EDITOR'
#!/bin/sh
echo "editing ${1##*/}"
read -r line
echo "$line" >>"$1"
END_OF_EDITOR
printf '#!/bin/sh\necho waiting\nexec sleep 300\n' >"$course/build/bin/a02_first"
chmod +x "$tmp/bin/editor"

# ---- The terminal ------------------------------------------------------------

terminal() {
    LC_ALL=C.UTF-8 tmux -L "learn$$.$terminals" -f /dev/null "$@"
}
terminals=0

# another_terminal: ends the old one.  The new one has a name of its own,
# because tmux may still take a command on a socket that it is about to close.
another_terminal() {
    terminal kill-server 2>/dev/null
    terminals=$((terminals + 1))
}
trap 'terminal kill-server 2>/dev/null; rm -rf "$tmp"' EXIT

# open_learn [COLUMNS ROWS [NAME=VALUE…]]: starts it; the screen stays when it
# has ended, in a shell that stands elsewhere
open_learn() {
    columns=${1-80} rows=${2-24}
    [ $# -lt 2 ] || shift 2
    another_terminal
    terminal new-session -d -x "$columns" -y "$rows" \
        "cd '$course'; env PATH='$PATH' EDITOR=editor $* '$learn' $arguments
         echo ended \$?; cd /; exec sleep 1000"
}
arguments=

eventually_not() {
    tries=0
    while "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt "${TRIES-400}" ] || return 1
        sleep 0.05
    done
}

keys() {
    terminal send-keys "$@"
}

screen_has() {
    terminal capture-pane -p >"$tmp/out" 2>&1
    grep -qF -e "$1" "$tmp/out"
}

# shows TEXT: soon
shows() {
    eventually screen_has "$1" || wrong "does not show: $1"
}

shows_not() {
    eventually_not screen_has "$1" || wrong "still shows: $1"
}

# strays: processes that stand in the course; we do not
strays() {
    # shellcheck disable=SC2010,SC2012 # one command looks at all of them
    ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -qF -e "-> $course"
}
cd / || exit 1

# ended STATUS: it has ended so, and nothing is left behind
ended() {
    shows "ended $1"
    eventually_not strays || wrong 'a process is left'
    [ -z "$(ls -A "$TMPDIR")" ] || wrong "a file is left: $(ls -A "$TMPDIR")"
    terminal display-message -p '#{alternate_on} #{cursor_flag}' >"$tmp/out"
    [ "$(cat "$tmp/out")" = '0 1' ] || wrong 'the terminal is not as it was'
}

work=$course/work
solution() {
    cat "$course/a01_one/solutions/$1.c"
}

# ---- Start, keys -------------------------------------------------------------

it 'opens with the current exercise, and its first check'
open_learn
shows 'a01_box  A a01_box'
shows 'Read:   notes/a01_one.md, "a01_box"'
shows 'not yet'
shows 'test a01_one/exercises/a01_box.test.c of work/a01_box.c'
shows 'work/a01_box.c'
shows '[--------------------] a01 0/2 · course 0/2'
shows 'n next p prev h hint l list r run c all s sol x reset e edit ? help q quit'

it 'checks what is saved'
solution a01_box >"$work/a01_box.c"
shows '✓ passed'
shows 'n goes on to a01_wake.'
shows '[##########----------] a01 1/2 · course 1/2'

it 'shows the solution beside the answer, and says if it is the same'
keys s
shows 'letter for letter'
echo 'right, in my way' >"$work/a01_box.c"
shows '✓ passed'
keys s
shows '-right, in my way'
shows '+right'
keys Escape
shows '✓ passed'

it 'shows the sentence that fails, and a long report behind the task'
{
    seq -f '  ok    sentence %g' 30
    printf '  FAIL  the last one\n        why\n'
    printf '\n        The report in full:\n'
    seq -f '          frame %g' 30
} >"$work/a01_box.c"
shows '  FAIL  the last one'
shows '  ok    (23 before these)'
shows '  ok    sentence 24'
shows '-- more: space, down --'
grep -q 'sentence 23' "$tmp/out" && wrong 'it shows too many'
grep -q 'frame' "$tmp/out" && wrong 'the report is not behind the task'
keys End
shows 'frame 30'
shows_not '-- more'
solution a01_box >"$work/a01_box.c"
shows '✓ passed'

it 'goes on, and back'
keys n
shows 'a01_wake  A a01_wake'
shows 'not yet'
keys p
shows 'a01_box  A a01_box'
keys n
shows 'a01_wake  A a01_wake'

it 'gives hints, one more each time'
keys p
keys h
shows 'a01_box, hint 1 of 3'
shows_not 'hint 2 of 3'
shows 'h gives one more'
keys h
shows 'a01_box, hint 2 of 3'
shows_not 'Nearly the answer.'
keys h
shows 'Nearly the answer.'
shows 'That was the last hint'
keys n
shows 'a01_wake  A a01_wake'

it 'does not show the solution before it is earned'
keys p n
printf '# 1\nA question.\n# 2\nMore.\n# 3\nAll.\n' >"$course/a01_one/hints/a01_wake.md"
keys s
shows 'first pass this exercise'

it 'lists what there is, searches, and goes there'
keys l
shows '> ✗ a01_wake'
shows '✓ a01_box'
shows 'a02_first'
shows 'not built: it needs libcurl'
keys Up
shows '> ✓ a01_box'
keys /
keys B o
shows '/Bo_'
shows_not a02_first
keys Enter
shows '> ✓ a01_box'
keys l
keys o
shows 'what is done is left out'
shows_not '✓ a01_box'
shows a02_first
keys o
shows '✓ a01_box'
keys Up
shows '> ✓ a01_box'
keys Enter
shows 'a01_box  A a01_box'

it 'runs the programs of the room, one after the other'
keys r
shows 'build/bin/a01_first'
shows 'the first program'
shows 'r runs the next program'
keys r
shows 'a01_second'
shows 'status 7'
keys Space
shows 'a01_box  A a01_box'
grep -qx 'ran a01_first' "$work/progress" || wrong 'did not record it'

it 'shows what the compiler says'
: >"$tmp/broken"
keys r
shows 'x.c:1: error: the compiler speaks'
rm "$tmp/broken"

it 'checks all, and what is no longer right is no longer passed'
echo no >"$work/a01_box.c"
shows 'not yet'
shows 'course 1/2'
keys c
shows 'All exercises'
shows '✗ box'
shows '0 passed, 1 failed, 1 not begun'
shows 'course 0/2'

it 'begins again only if one says yes, and keeps the old'
keys x
shows 'Begin again?'
keys n
shows_not 'Begin again?'
grep -qx no "$work/a01_box.c" || wrong 'the answer is lost'
keys x
shows 'Begin again?'
keys y
shows 'is kept as work/a01_box.c.old'
grep -qx no "$work/a01_box.c.old" || wrong 'the answer is not kept'
grep -q TODO "$work/a01_box.c" || wrong 'it is not new'

it 'opens the editor, and comes back'
keys e
shows 'editing a01_box.c'
keys -l right
keys Enter
shows '✓ passed'

it 'explains its keys'
keys '?'
shows 'open the answer in'
keys Escape

it 'says where to go on after the last'
solution a01_wake >"$work/a01_wake.c"
shows 'That was the last'
keys n
shows 'You have passed all 2 exercises'
shows 'Where to go on'

it 'ends at q'
keys q
ended 0

# ---- Saves -------------------------------------------------------------------

it 'sees files that are replaced, links, and a work folder that is exchanged'
rm -rf "$work"
open_learn
shows 'not yet'
mv "$work/a01_box.c" "$work/a01_box.c~" # as vim does
echo 'wrong: vim' >"$work/a01_box.c"
shows 'checked at'
solution a01_box >"$work/a01_box.c.tmp" # as VS Code does
mv "$work/a01_box.c.tmp" "$work/a01_box.c"
shows '✓ passed'
mkdir "$tmp/elsewhere"
echo no >"$tmp/elsewhere/a01_box.c"
rm "$work/a01_box.c"
ln -s "$tmp/elsewhere/a01_box.c" "$work/a01_box.c"
shows 'not yet'
echo right >"$tmp/elsewhere/a01_box.c"
shows '✓ passed'
mv "$work" "$tmp/old_work"
shows 'course'
mkdir "$tmp/new_work"
echo no >"$tmp/new_work/a01_box.c"
mv "$tmp/new_work" "$work"
shows 'not yet'
rm -rf "$work"
cp -R "$tmp/old_work" "$work"
shows '✓ passed'

it 'checks each of several that are saved at once'
echo right >"$tmp/right"
cp "$tmp/right" "$work/a01_wake.c" && cp "$tmp/right" "$work/a01_box.c"
shows 'a01_box  A a01_box'
shows 'course 2/2'

it 'checks the first to the end when the second comes a little later'
echo wrong >"$work/a01_wake.c"
shows 'a01_wake  A a01_wake'
keys c
shows 'course 1/2'
echo 'right, but late' >"$work/a01_wake.c"
shows checking
echo 'right again' >"$work/a01_box.c"
shows 'a01_box  A a01_box'
shows 'Also saved:'
shows 'course 2/2'

it 'goes to the exercise that is saved'
sleep 0.3
echo wrong >"$work/a01_wake.c"
shows 'a01_wake  A a01_wake'
shows 'not yet'

it 'drops a check when the next save comes'
echo slow >"$work/a01_wake.c"
eventually test -s "$work/a01_wake.c.pid" || wrong 'did not start'
shows checking
echo right >"$work/a01_wake.c"
shows '✓ passed'
keys q
ended 0
rm -f "$work"/*.pid

# ---- The terminal's size, colours --------------------------------------------

it 'works on 40 columns and 10 rows, and when the size changes'
rm -rf "$work"
open_learn 40 10
shows 'a01 0/2 · 0/2'
shows 'n p h l r c s x e ? q'
terminal capture-pane -p | awk 'length($0) > 46 { exit 1 }' ||
    wrong 'too wide'
terminal resize-window -x 120 -y 40
shows 'n next p prev'
shows '[--------------------] a01 0/2'
terminal resize-window -x 30 -y 6
shows 'n p h l r c s x e ? q'
terminal resize-window -x 40 -y 10
terminal resize-window -x 40 -y 30
shows 'Build:  Nothing.'
grep -q '^Why:' "$tmp/out" || wrong 'a label stands within a line'
keys l
shows '> ✗ a01_box'
keys End
shows '> · a02_first'
grep -q '^  · a01_wake' "$tmp/out" || wrong 'two items stand in a line'
keys Home
terminal resize-window -x 40 -y 8
shows_not a02_first
keys End
shows '> · a02_first'
keys q
ended 0

it 'uses no colours if told so'
open_learn 80 24 NO_COLOR=1
shows 'not yet'
shows '[!] not yet'
if terminal capture-pane -p -e | grep -q '\[[0-9;]*m'; then
    wrong 'colours'
fi
keys q
ended 0

# ---- Ctrl-C, kill, a terminal that goes away ---------------------------------

# reach STATE: brings it there
reach() {
    rm -rf "$work"
    open_learn
    shows 'not yet'
    case $1 in
    result) ;;
    checking) echo slow >"$work/a01_box.c" && shows checking ;;
    list) keys l && shows '> ✗ a01_box' ;;
    searching) keys l / && shows '/_' ;;
    asking) keys x && shows 'Begin again?' ;;
    hint) keys h && shows 'hint 1 of 3' ;;
    grid) echo slow >"$work/a01_box.c" && keys c && shows '… box' ;;
    editor) keys e && shows 'editing' ;;
    program) keys l / f i r Enter Down Down Down Enter && shows waiting ;;
    esac
}

# the runner's own process; a child that has not called exec() yet looks like it
runner() {
    # shellcheck disable=SC2010,SC2012 # as above
    ls -l /proc/[0-9]*/exe 2>/dev/null | grep -F -e "-> $learn" |
        sed 's|.*/proc/\([0-9]*\)/exe.*|\1|' | sort -n | head -n 1
}

for state in result checking list searching asking hint grid; do
    it "ends at Ctrl-C ($state)"
    reach $state
    keys C-c
    ended 0
done
it 'comes back when Ctrl-C ends a program'
reach program
keys C-c
shows 'status 130'
keys Space
shows 'a01_box  A a01_box'
keys C-c
ended 0
for state in result checking list searching asking hint grid editor program; do
    it "ends at SIGTERM ($state)"
    reach $state
    kill -TERM "$(runner)"
    ended 143
done
it 'leaves nothing when its terminal goes away'
reach checking
terminal kill-server
eventually_not strays || wrong 'a process is left'

it 'stops at Ctrl-Z, and goes on'
rm -rf "$work"
another_terminal
terminal new-session -d -x 80 -y 24 \
    "cd '$course'; exec env PATH='$PATH' ENV= PS1='shell: ' sh -i"
shows 'shell:'
keys "$learn" Enter
shows 'not yet'
keys C-z
shows 'topped'
keys fg Enter
shows 'a01_box  A a01_box'
keys q
shows 'opens watch mode again'
terminal kill-server

# ---- Progress ----------------------------------------------------------------

it 'sees and keeps what another terminal does'
rm -rf "$work"
open_learn
shows 'not yet'
run "$learn" run a01_first
solution a01_wake >"$work/a01_wake.c.new"
LEARN_WORK=$tmp/mine "$learn" check a01_box >"$tmp/out" 2>&1
run env LEARN_WORK="$work" "$learn" hint a01_wake
solution a01_box >"$work/a01_box.c"
shows 'course 1/2'
grep -qx 'ran a01_first' "$work/progress" || wrong 'lost a program'
grep -q '^hint a01_wake' "$work/progress" || wrong 'lost a hint'
keys q
ended 0

it 'is there again where it was left'
arguments='watch wake'
open_learn
shows 'a01_wake  A a01_wake'
keys q
ended 0
arguments=
open_learn
shows 'a01_wake  A a01_wake'
keys q
ended 0

it 'checks again what was passed before the test changed'
echo '/* new */' >>"$course/a01_one/exercises/a01_box.test.c"
open_learn
shows 'checking again'
shows 'course 1/2'
keys q
ended 0
echo wrong >"$work/a01_box.c"
echo '/* newer */' >>"$course/a01_one/exercises/a01_box.test.c"
open_learn
shows 'course 0/2'
keys q
ended 0

it 'says that the course was updated meanwhile'
open_learn
shows 'a01_wake  A a01_wake'
keys p
shows 'a01_box  A a01_box'
shows 'not yet'
echo '/* newest */' >>"$course/a01_one/exercises/a01_box.test.c"
solution a01_box >"$work/a01_box.c"
shows 'a01_box was updated; start ./learn again'
shows '✓ passed'
keys q
ended 0
open_learn
shows 'course 1/2'
shows_not 'checking again'
keys q
ended 0

it 'says what it cannot keep'
rm -rf "$work"
: >"$work"
open_learn
shows 'cannot'
keys q
ended 0

done_testing
