/* The test receives the readings, slowly, and gives commands, often. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

typedef MPSC_RECEIVER(int) reading_rx_;
typedef MPSC_SENDER(int) command_tx_;

static struct reporter reporter_;
static struct future *future_; /* the reporter's */
static struct poller task_;
static size_t blocks_;
static reading_rx_ readings_;
static command_tx_ commands_;

static void start_at_(int first, int n, size_t room)
{
    reading_tx out;
    command_rx commands;
    struct meter meter = { first, first + n };
    blocks_ = blocks_in_use();
    CHECK(mpsc_open(&out, &readings_, room, NULL) == 0 &&
              mpsc_open(&commands_, &commands, 4, NULL) == 0,
          "no memory for two channels");
    future_ = reporter(&reporter_, meter, out, commands);
    task_ = (struct poller){ 0 };
}

static void start_(int n, size_t room)
{
    start_at_(100, n, room);
}

static void end_(void)
{
    mpsc_receiver_drop(&readings_);
    mpsc_sender_drop(&commands_);
    CHECK_FREED(blocks_,
                "the reporter is over, its neighbours are gone, and a channel "
                "is not freed: on every way out the reporter drops both ends, "
                "and a permit that it has not used");
}

/* Until it waits for a neighbour: between two readings it may yield. */
static enum poll poll_on_(struct poller *task, struct future *f)
{
    WHILE("the reporter is polled");
    for (int polls = 0; polls < 200; polls++) {
        int woken = task->woken;
        if (poll_by(task, f) == POLL_READY)
            return POLL_READY;
        if (task->woken == woken)
            break;
    }
    return POLL_PENDING;
}

static void must_wait_(const char *why)
{
    int woken;
    CHECK(poll_on_(&task_, future_) == POLL_PENDING,
          "the reporter is over, although %s", why);
    woken = task_.woken;
    CHECK(poll_by(&task_, future_) == POLL_PENDING && task_.woken == woken,
          "the reporter wakes itself while it has to wait: is an arm READY "
          "each time, and nothing comes of it?");
}

static void must_be_over_(const char *why)
{
    CHECK(poll_on_(&task_, future_) == POLL_READY,
          "%s, and the reporter is not over", why);
}

static void must_come_(int reading)
{
    int got = -1, rc = mpsc_try_recv(&readings_, &got);
    CHECK(rc == 0, "reading %d should come, and none does", reading);
    CHECK(got <= reading,
          "reading %d should come, and it is %d: what was taken before was "
          "never sent",
          reading, got);
    CHECK(got == reading,
          "reading %d should come, and it is %d: that one was sent before",
          reading, got);
}

static void must_obey_(int command, const char *when)
{
    int before = reporter_.obeyed, woken = task_.woken;
    CHECK(mpsc_try_send(&commands_, &command) == 0,
          "a command finds no room, because the ones before were not obeyed");
    CHECK(task_.woken > woken, "a command came %s, and nobody was woken", when);
    must_wait_("not all readings are sent");
    CHECK(reporter_.obeyed > before, "a command came %s, and it was not obeyed",
          when);
    CHECK(reporter_.obeyed == before + 1,
          "one command came, and %d were obeyed", reporter_.obeyed - before);
    CHECK(reporter_.latest == command, "command %d came, and %d was obeyed",
          command, reporter_.latest);
}

/* ---- Readings, commands -------------------------------------------------- */

static void all_readings_are_sent(void **state)
{
    int got;
    (void)state;
    start_(3, 4);
    must_be_over_("there is room for three readings");
    for (int i = 100; i < 103; i++)
        must_come_(i);
    CHECK(mpsc_try_recv(&readings_, &got) == UV_EOF,
          "all readings are sent, and the receiver still waits: the reporter "
          "has not dropped its sender");
    CHECK(mpsc_is_closed(&commands_),
          "the reporter is over, and commands can still be sent to it: it has "
          "not dropped its receiver");
    end_();
}

static void without_readings_it_is_over_at_once(void **state)
{
    int got;
    (void)state;
    start_(0, 1);
    bool over = poll_on_(&task_, future_) == POLL_READY;
    CHECK(mpsc_try_recv(&readings_, &got) != 0,
          "there are no readings, and %d was sent", got);
    CHECK(over, "there are no readings, and the reporter is not over");
    end_();
}

static void with_no_room_it_waits(void **state)
{
    (void)state;
    start_(4, 1);
    for (int i = 100; i < 104; i++) {
        if (i < 103)
            must_wait_("not all readings are sent");
        else
            must_be_over_("all readings are sent");
        must_come_(i);
        CHECK(i == 103 || task_.woken > 0,
              "there is room again, and nobody was woken");
    }
    end_();
}

static void with_no_room_it_obeys_all_the_same(void **state)
{
    (void)state;
    start_(4, 1);
    must_wait_("not all readings are sent");
    for (int command = 1; command < 9; command++)
        must_obey_(command, "while there was no room for a reading");
    future_drop(future_);
    end_();
}

static void a_command_makes_no_reading_get_lost(void **state)
{
    (void)state;
    for (int commands = 1; commands < 4; commands++) {
        start_(6, 1);
        must_wait_("not all readings are sent");
        ASIDE("Commands came while there was no room, so the send, or what "
              "waited for room, lost the select.");
        for (int i = 100; i < 106; i++) {
            for (int c = 0; i < 105 && c < commands; c++)
                must_obey_(c, "while there was no room for a reading");
            must_come_(i);
            if (i < 104)
                must_wait_("not all readings are sent");
            else if (i == 104)
                must_be_over_("all readings are sent");
        }
        ASIDE("");
        end_();
    }
}

static void each_of_several_commands_is_obeyed(void **state)
{
    (void)state;
    start_(4, 1);
    must_wait_("not all readings are sent");
    for (int command = 3; command > 0; command--)
        CHECK(mpsc_try_send(&commands_, &command) == 0,
              "a command finds no room");
    must_wait_("not all readings are sent");
    CHECK(reporter_.obeyed == 3 && reporter_.latest == 1,
          "commands 3, 2 and 1 came at once, %d were obeyed, and the latest of "
          "these is %d",
          reporter_.obeyed, reporter_.latest);
    future_drop(future_);
    end_();
}

/* Both arms could win, and the select asks either of them first. */
static void a_command_and_room_at_the_same_time(void **state)
{
    (void)state;
    start_(20, 1);
    must_wait_("not all readings are sent");
    for (int i = 100; i < 119; i++) {
        int before = reporter_.obeyed;
        CHECK(mpsc_try_send(&commands_, &i) == 0, "a command finds no room");
        must_come_(i);
        if (i < 118)
            must_wait_("not all readings are sent");
        else
            (void)poll_on_(&task_, future_);
        CHECK(i == 118 || reporter_.obeyed == before + 1,
              "a command came together with room for a reading, and it was "
              "not obeyed");
    }
    must_come_(119);
    end_();
}

static void a_command_is_obeyed_while_there_is_always_room(void **state)
{
    int command = 7;
    (void)state;
    start_(60, 64);
    CHECK(mpsc_try_send(&commands_, &command) == 0, "a command finds no room");
    must_be_over_("there is room for sixty readings");
    CHECK(reporter_.obeyed == 1,
          "there was room for all 60 readings, and a command was there from "
          "the beginning; they are sent, and it was not obeyed: if the arm "
          "that is asked first is always READY, the other one has no turn");
    end_();
}

static void any_number_may_be_a_reading(void **state)
{
    (void)state;
    start_at_(-2, 5, 8);
    must_be_over_("there is room for five readings");
    for (int i = -2; i <= 2; i++)
        must_come_(i);
    end_();
    start_at_(0, 4, 1);
    must_wait_("not all readings are sent");
    ASIDE("The latest reading was 0.");
    for (int command = 2; command >= -1; command--)
        must_obey_(command, "while there was no room for a reading");
    ASIDE("");
    future_drop(future_);
    end_();
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct reporter reporter;
    struct future *future;
    struct poller task;
    reading_rx_ readings;
    command_tx_ commands;
    int first; /* reading */
};

static void begin_life_(struct life_ *me, size_t room_for_commands)
{
    static int number;
    reading_tx out;
    command_rx commands;
    me->task = (struct poller){ 0 };
    me->first = 1000 * ++number;
    CHECK(mpsc_open(&out, &me->readings, 1, NULL) == 0 &&
              mpsc_open(&me->commands, &commands, room_for_commands, NULL) == 0,
          "no memory for two channels");
    me->future =
        reporter(&me->reporter, (struct meter){ me->first, me->first + 3 }, out,
                 commands);
}

static void begins_(void *life)
{
    begin_life_(life, 4);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_on_(&me->task, me->future) == POLL_PENDING,
          "the reporter is over, and not all readings are sent");
}

static void comes_(struct life_ *me, int n)
{
    int got = -1, rc = mpsc_try_recv(&me->readings, &got);
    CHECK(rc == 0 && got == me->first + n, "reading %d should come, and %s, %d",
          me->first + n, rc ? "none does" : "another one does", got);
}

static void sends_one_(void *life)
{
    comes_(life, 0);
    waits_(life);
}

static void obeys_(void *life)
{
    struct life_ *me = life;
    CHECK(mpsc_try_send(&me->commands, &me->first) == 0,
          "a command finds no room");
    waits_(life);
    CHECK(me->reporter.obeyed == 1 && me->reporter.latest == me->first,
          "command %d came; %d were obeyed, the latest was %d", me->first,
          me->reporter.obeyed, me->reporter.latest);
    mpsc_sender_drop(&me->commands);
    waits_(life);
}

static void sends_the_rest_(void *life)
{
    struct life_ *me = life;
    comes_(me, 1);
    CHECK(poll_on_(&me->task, me->future) == POLL_READY,
          "all readings are sent, and the reporter is not over");
    comes_(me, 2);
    mpsc_receiver_drop(&me->readings);
}

static void two_reporters_do_not_mix(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, sends_one_, obeys_, sends_the_rest_);
}

/* The one who waits for room for a command is woken in the poll that takes the
 * command in front, and polls the other reporter at once. */
static struct life_ *other_;

static void polls_the_other_(struct poller *who)
{
    (void)who;
    waits_(other_);
}

static void obeyed_(const struct life_ *me, int command)
{
    CHECK(me->reporter.obeyed == 1 && me->reporter.latest == command,
          "command %d came to one of two reporters, and %d were obeyed, the "
          "latest was %d",
          command, me->reporter.obeyed, me->reporter.latest);
}

static void each_obeys_its_own_commands(void **state)
{
    static struct life_ one, two;
    struct poller sender = { .on_wake = polls_the_other_ };
    struct mpsc_send send;
    int first = 11, next = 12, other = 77;
    (void)state;
    begin_life_(&one, 1);
    begin_life_(&two, 1);
    waits_(&one);
    waits_(&two);
    ASIDE("The second reporter was polled while the first one took its "
          "command, by the one who waited for room: keep what belongs to one "
          "in its struct, not in a static.");
    CHECK(mpsc_try_send(&one.commands, &first) == 0 &&
              mpsc_try_send(&two.commands, &other) == 0,
          "a command finds no room");
    CHECK(poll_by(&sender, mpsc_send(&send, &one.commands, &next)) ==
              POLL_PENDING,
          "a command is in a channel with room for one, and there is room");
    other_ = &two;
    waits_(&one);
    obeyed_(&one, first);
    obeyed_(&two, other);
    ASIDE("");
    future_drop(&send.future);
    future_drop(one.future);
    future_drop(two.future);
    mpsc_receiver_drop(&one.readings);
    mpsc_receiver_drop(&two.readings);
    mpsc_sender_drop(&one.commands);
    mpsc_sender_drop(&two.commands);
}

/* ---- The neighbours go --------------------------------------------------- */

static void without_commands_the_readings_go_on(void **state)
{
    (void)state;
    start_(4, 1);
    must_wait_("not all readings are sent");
    must_obey_(7, "while there was no room for a reading");
    mpsc_sender_drop(&commands_);
    must_wait_("only the commands have ended; readings are left");
    CHECK(reporter_.obeyed == 1,
          "one command came, then the commands ended, and %d were obeyed: "
          "UV_EOF is no command",
          reporter_.obeyed);
    for (int i = 100; i < 104; i++) {
        must_come_(i);
        if (i < 102)
            must_wait_("only the commands have ended; readings are left");
        else if (i == 102)
            must_be_over_("all readings are sent");
    }
    end_();
}

static void when_nobody_receives_it_is_over(void **state)
{
    (void)state;
    start_(4, 1);
    must_wait_("not all readings are sent");
    mpsc_receiver_drop(&readings_);
    must_be_over_("nobody receives the readings any more");
    CHECK(mpsc_is_closed(&commands_),
          "the reporter is over, and commands can still be sent to it");
    end_();
}

static void dropped_it_lets_go_of_both_ends(void **state)
{
    static const char *const when[] = { "before its first poll",
                                        "while it waits",
                                        "with room that it was granted",
                                        "after one poll, with room for all",
                                        "after two polls, with room for all" };
    (void)state;
    for (int i = 0; i < 5; i++) {
        int got;
        start_(4, i > 2 ? 8 : 1);
        if (i == 1 || i == 2)
            must_wait_("not all readings are sent");
        if (i == 2)
            must_come_(100);
        for (int polls = 2; polls < i; polls++)
            if (poll_by(&task_, future_) == POLL_READY)
                break;
        future_drop(future_);
        while (mpsc_try_recv(&readings_, &got) == 0) {
        }
        CHECK(mpsc_try_recv(&readings_, &got) == UV_EOF,
              "the reporter was dropped %s, and the receiver still waits for "
              "readings: was an end not dropped, or a permit?",
              when[i]);
        CHECK(mpsc_is_closed(&commands_),
              "the reporter was dropped %s, and commands can still be sent to "
              "it",
              when[i]);
        end_();
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_readings_are_sent),
    cmocka_unit_test(with_no_room_it_waits),
    cmocka_unit_test(a_command_makes_no_reading_get_lost),
    cmocka_unit_test(with_no_room_it_obeys_all_the_same),
    cmocka_unit_test(each_of_several_commands_is_obeyed),
    cmocka_unit_test(a_command_and_room_at_the_same_time),
    cmocka_unit_test(a_command_is_obeyed_while_there_is_always_room),
    cmocka_unit_test(any_number_may_be_a_reading),
    cmocka_unit_test(without_readings_it_is_over_at_once),
    cmocka_unit_test(without_commands_the_readings_go_on),
    cmocka_unit_test(two_reporters_do_not_mix),
    cmocka_unit_test(each_obeys_its_own_commands),
    cmocka_unit_test(when_nobody_receives_it_is_over),
    cmocka_unit_test(dropped_it_lets_go_of_both_ends),
};
EXERCISE_MAIN(tests)
