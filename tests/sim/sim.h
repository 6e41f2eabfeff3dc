#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

/*
 * One simulated group: up to nine laptops with disks in memory, hubs in memory behind the same table of
 * functions as the courier, virtual time, and a host that may lie. Everything follows from one seed.
 */
#include "tests/support/check.h"

#include "sync/engine/engine_int.h"

#define SIM_DEVICES     9
#define SIM_DELEGATIONS 4
#define SIM_HUBS        2
#define SIM_PLANT       "qzPlanted" /* in every text that must never be seen outside */

/* Classes of faults that can be left out, or added. */
enum sim_flag {
    SIM_TWINS = 1 << 0, /* an older copy of a store is put back and written to before it has synced */
    SIM_LONG = 1 << 1   /* more steps, more laptops */
};

/* What happened, with the least count that a thousand runs must reach: a run set that shows less shows nothing. */
#define SIM_EVENTS(X)                                                                                                  \
    X(RUNS, "runs", 1000)                                                                                              \
    X(CREATES, "records made", 650)                                                                                    \
    X(PUTS, "registers set", 2650)                                                                                     \
    X(ADDS, "elements added", 250)                                                                                     \
    X(REMOVES, "elements removed", 10)                                                                                 \
    X(APPENDS, "log entries", 200)                                                                                     \
    X(DUELS, "registers set by two at once", 250)                                                                      \
    X(DECISIONS, "conflicts decided", 80)                                                                              \
    X(WITHDRAWALS, "records withdrawn", 100)                                                                           \
    X(OWN_EDITS, "edits in a delegation's own compartment", 150)                                                       \
    X(COURT_EDITS, "edits for the Court", 150)                                                                         \
    X(JOINS, "requests to join", 100)                                                                                  \
    X(ADMISSIONS, "admissions with history", 95)                                                                       \
    X(ADMISSIONS_NOW, "admissions from now on", 35)                                                                    \
    X(USURPATIONS, "admissions without the right", 10)                                                                 \
    X(SYNCS, "exchanges", 8150)                                                                                        \
    X(RECEIVED, "change sets received", 6650)                                                                          \
    X(RACES, "lost races", 25)                                                                                         \
    X(OFFLINE, "exchanges with no line", 80)                                                                           \
    X(CUT_PULLS, "pulls cut off midway", 20)                                                                           \
    X(LOST_ANSWERS, "pushes that arrived without an answer", 30)                                                       \
    X(PART_PUSHES, "pushes of which a part arrived", 6)                                                                \
    X(ROLLBACKS, "GH-01 histories rolled back", 30)                                                                    \
    X(FREEZES, "GH-02 frozen views", 30)                                                                               \
    X(FORKS, "GH-03 forked views", 25)                                                                                 \
    X(WITHHELD, "GH-04, GH-05 pieces withheld", 30)                                                                    \
    X(SPLICES, "GH-06 pieces of another group or hub", 25)                                                             \
    X(REPEATS, "GH-07 pieces repeated", 30)                                                                            \
    X(REORDERS, "GH-08 pieces in another order", 25)                                                                   \
    X(FLIPS, "GH-09 bits flipped, named anew", 30)                                                                     \
    X(TRUNCATIONS, "GH-10 pieces cut short or drawn out", 30)                                                          \
    X(DAMAGES, "pieces that no longer match their name", 30)                                                           \
    X(FORGERIES, "IN-01 envelopes with another's name", 30)                                                            \
    X(EMPTIED, "GH-25 hubs emptied", 30)                                                                               \
    X(OTHER_GROUP, "hubs that became another group's", 30)                                                             \
    X(PUT_BACK, "GH-01 histories from before a short one put back", 20)                                                \
    X(PUT_BACK_SEEN, "... and noticed by a laptop that knew more", 10)                                                 \
    X(TOLD_ANEW, "GH-01 histories told anew by the host", 40)                                                          \
    X(COMPACTIONS, "short histories in the place of long ones", 150)                                                   \
    X(COMPACTED_BEHIND, "... by a laptop with something unsent", 80)                                                   \
    X(COMPACT_RACES, "... that came too late and began anew", 4)                                                       \
    X(COMPACT_CUT, "... cut off while being put aside", 10)                                                            \
    X(COMPACT_REFUSED, "... that the host refused", 12)                                                                \
    X(COMPACT_UNSURE, "... whose answer was lost", 12)                                                                 \
    X(COMPACT_DISTRUST, "... not made, for the host had lied", 10)                                                     \
    X(CRASH_COMPACTS, "... with a power cut", 10)                                                                      \
    X(REPLACED, "replaced histories met, and nothing missed", 400)                                                     \
    X(LATE, "... by laptops with something unsent", 200)                                                               \
    X(LETTERS, "GH-27 letters that had vanished and are left again", 10)                                               \
    X(DISTRUST, "trust failures, each with a lie that shows", 200)                                                     \
    X(READDED, "remotes added anew after one", 170)                                                                    \
    X(REJECTION_TWINS, "I8 exchanges compared with and without rubbish", 85)                                           \
    X(CRASH_EDITS, "power cuts in an edit", 150)                                                                       \
    X(CRASH_EDITS_OLD, "... after which the old state was there", 100)                                                 \
    X(CRASH_EDITS_NEW, "... after which the new state was there", 2)                                                   \
    X(CRASH_SYNCS, "power cuts in an exchange", 90)                                                                    \
    X(CRASH_ADMITS, "power cuts in an admission", 2)                                                                   \
    X(CRASH_OPENS, "power cuts in opening", 100)                                                                       \
    X(CUTS_AT_REST, "power cuts between two steps", 100)                                                               \
    X(FULL_DISKS, "edits on a full disk", 25)                                                                          \
    X(RESTORES, "older copies put back, then synced", 8)                                                               \
    X(NEW_LIVES, "older copies put back, which begin another life", 20)                                                \
    X(TWINS, "older copies put back unnoticed (VLS_SIM_TWINS)", 25)                                                    \
    X(CLOCK_JUMPS, "clocks set by years", 100)                                                                         \
    X(EQUAL_SETS, "I2 equal sets compared", 2900)                                                                      \
    X(MERGED_AFRESH, "I2 sets merged in another order under other clocks", 150)                                        \
    X(VALUES_FOUND, "I3 values looked for", 37350)                                                                     \
    X(CONFLICTS, "conflicts open at the end", 90)                                                                      \
    X(SCANNED_KIB, "I1 KiB searched for planted words", 1362400)                                                       \
    X(LOCAL_STEPS, "I4 local steps with no call to a remote", 1650)

enum sim_event {
#define X(name, text, least) EV_##name,
    SIM_EVENTS(X)
#undef X
        N_EVENTS
};

struct device {
    int no, delegation;
    char courier[16], data[32], post[32];
    struct memio *disk;
    uint8_t store_id[VLS_STORE_ID_LEN];
    struct vls_secret *master;
    struct vls_engine *e;       /* NULL: switched off */
    bool history;               /* was given all history when it was admitted */
    bool begun;                 /* there is a store */
    int64_t clock;              /* seconds by which its clock is off */
    bool stick[SIM_HUBS];       /* remotes it has */
    uint8_t *copy;              /* an older copy of its disk */
    size_t n_copy;
    bool met;                   /* it has met a hub since */
    bool behind;                /* it was put back, and others may have what it had written since */
};

/* One acknowledged value. */
struct value {
    int dev;
    size_t rec;
    uint32_t field;
    enum vls_op_type type;
    char key[16];
    uint8_t bytes[160], change[VLS_CHANGE_ID_LEN];
    size_t n;
};

enum sim_room { ROOM_FOCAL, ROOM_COURT, ROOM_OWN, N_ROOMS };
extern const char *const sim_rooms[N_ROOMS];

struct rec {
    uint8_t id[VLS_ID_LEN];
    const struct vls_kind *kind;
    enum sim_room room;
    int delegation; /* ROOM_OWN */
};

/* A set of change sets of one compartment and the state it makes. */
struct known_state {
    uint8_t set[VLS_HASH_LEN], state[VLS_HASH_LEN];
};

struct host;

struct sim {
    uint64_t seed, random, secrets, pages; /* secrets, pages: the streams behind every key and nonce */
    unsigned flags;
    unsigned step;
    int64_t now; /* virtual time, Unix seconds */
    struct device dev[SIM_DEVICES];
    int n_dev, most_dev;
    struct host *host;
    struct rec *rec;
    size_t n_rec, cap_rec;
    struct value *value;
    size_t n_value, cap_value, n_tokens;
    struct known_state *known;
    size_t n_known, cap_known;
    uint64_t count[N_EVENTS];
    bool trial;     /* a step that will be undone: nothing is counted, nonces may repeat */
    bool must_fail; /* a test of the simulator itself: a finding ends the process with SIM_FOUND */
    const char *doing;
    struct vls_error err;
};

#define SIM_FOUND 77

/* ---- random.c ---- */

void sim_random_start(void);
/* The run whose secrets are drawn from now on; NULL for none. */
void sim_random_of(struct sim *s);
/* A run that was run before in this process draws the nonces that it drew then. */
void sim_random_replay(bool on);
size_t sim_below(struct sim *s, size_t n);
bool sim_chance(struct sim *s, unsigned percent);
/* Ends the test with the seed that replays it. */
void sim_fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
#define SIM_CHECK(s, cond, ...)                                                                                        \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            sim_fail(s, __VA_ARGS__);                                                                                  \
    } while (0)
#define SIM_OK(s, call)                                                                                                \
    do {                                                                                                               \
        enum vls_code sim_rc_ = (call);                                                                                \
        if (sim_rc_ != VLS_OK)                                                                                         \
            sim_fail(s, "%s: %s: %s", #call, vls_code_name(sim_rc_), (s)->err.text);                                   \
    } while (0)
void sim_count(struct sim *s, enum sim_event what, uint64_t n);
void *sim_room(void *v, size_t n, size_t *cap, size_t size);

/* ---- device.c: laptops and their disks ---- */

struct vls_places device_places(struct sim *s, struct device *d);
int64_t device_clock(const struct sim *s, const struct device *d);
/* A switched off laptop in a new place; NULL when there are enough. */
struct device *device_new(struct sim *s, int delegation);
void device_free(struct device *d);
/* Starts it if it is off. */
struct vls_engine *device_on(struct sim *s, struct device *d);
enum vls_code device_try_on(struct sim *s, struct device *d);
void device_off(struct device *d);
bool device_member(const struct device *d);
/* From the n-th call that reaches the disk on, all fail. */
void device_break(struct sim *s, struct device *d, unsigned long n, bool full);
/* True when a call failed since. */
bool device_broke(const struct device *d);
/* While on, what reaches the disk is the simulator's own looking: it is not counted, and is not what breaks it. */
void device_aside(struct device *d, bool on);
/* The power goes: what was not synced may be lost. */
void device_power_cut(struct sim *s, struct device *d);
void device_mend(struct device *d);
/* The disk as bytes, owned by the caller; the laptop is off. */
uint8_t *device_image(const struct device *d, size_t *n);
void device_load(struct device *d, const uint8_t *image, size_t n);
const uint8_t *device_disk(const struct device *d, size_t *n);
const char *sim_delegation(int i);
void device_found(struct sim *s, struct device *d);
/* Leaves a request on hub 0; false when the host's lies kept it from that, and nothing was made. */
bool device_join(struct sim *s, struct device *d);
struct device *sim_member(struct sim *s); /* any member that was founded or admitted */

/* ---- host.c ---- */

extern const struct vls_carrier host_carrier;

enum lie {
    LIE_ROLLBACK,
    LIE_FREEZE,
    LIE_FORK,
    LIE_WITHHOLD,
    LIE_SPLICE,
    LIE_REPEAT,
    LIE_REORDER,
    LIE_FLIP,
    LIE_TRUNCATE,
    LIE_DAMAGE,
    LIE_FORGE,
    LIE_EMPTY,
    LIE_OTHER_GROUP,
    LIE_BEFORE, /* the history that a short one has taken the place of */
    LIE_ANEW,   /* all of it told anew, as a short history would be, and mostly without one piece */
    N_LIES
};

struct host *host_new(struct sim *s);
struct host *host_copy(struct sim *s, const struct host *from);
void host_free(struct host *h);
void host_lie(struct sim *s, int hub, enum lie lie);
/* Adds rubbish of every kind at the end of what one laptop sees. */
void host_litter(struct sim *s, int hub, const struct device *d);
/* Shows everybody everything that was ever left there. */
void host_repent(struct sim *s, int hub);
/* Everything is gone, and everybody can see it. */
void host_lose_all(struct sim *s, int hub);
bool host_lied(const struct sim *s, int hub);
bool host_clean(const struct sim *s, int hub); /* nothing ever went wrong there */
/* The hub that shows this laptop our group's door and nobody else's. */
bool host_has_door(struct sim *s, int hub, const struct device *d);
uint64_t host_calls(const struct sim *s);
size_t host_pieces(const struct sim *s);
void host_scan(struct sim *s);
/* Line faults for the next exchange: none, or one of these. */
enum line {
    LINE_GOOD,
    LINE_DOWN,
    LINE_CUTS_PULL,
    LINE_LOSES_ANSWER,
    LINE_TAKES_PART,
    LINE_CUTS_ASIDE, /* while a short history is being put beside the long one */
    LINE_REFUSES,    /* to let one be replaced */
    LINE_LOSES_MOVE  /* it was replaced, and the answer does not arrive */
};
void host_line(struct sim *s, enum line line, size_t after);
/* Another laptop that pushes between this one's pull and push; -1 for none. */
void host_race(struct sim *s, int other);
/* While set, pushes are written down here and go nowhere. */
void host_record(struct sim *s, struct vls_buf *into);
/* A hub that does wrong and says that it is honest: leaves a planted word, or a forged envelope for d. */
void host_sabotage(struct sim *s, const struct device *d, bool word);
/* What pulls since the last question have met: nothing that a laptop could notice; something that one may refuse and
 * another not, such as another group's door before ours; another history, with all that the laptop had seen; one that
 * lacks some of it. */
enum shown { HIDDEN, PERHAPS, REPLACED, SHOWN };
enum shown host_shown(struct sim *s);

/* While on, whoever asks for everything there will hold it against what was there. */
void host_weighs(struct sim *s, bool on);
/* From now on a short history loses a piece when it takes the place of the long one, and nobody admits it. */
void host_drops(struct sim *s);

/* ---- short.c: short histories in the place of long ones ---- */

/* One laptop replaces the history of a hub, judged as an exchange is. */
void work_compact(struct sim *s, struct device *d, int hub, bool crash);
/* A fault of ours: no laptop misses anything (-1), each misses something (1). */
void short_blind(int how);

/* ---- edits.c, work.c ---- */

void work_edit(struct sim *s, struct device *d, bool crash);
/* Two laptops change one thing and do not know of each other. */
void work_duel(struct sim *s, struct device *a, struct device *b);
void work_edit_on_full_disk(struct sim *s, struct device *d);
void work_decide(struct sim *s, struct device *d);
void work_usurp(struct sim *s, struct device *d);
/* Admits whoever asks, if this laptop may; false when there was nobody. */
bool work_admit(struct sim *s, struct device *d, bool crash);
/* One exchange with all remotes, judged; false after a trust failure. */
bool work_sync(struct sim *s, struct device *d, bool crash);
void work_readd(struct sim *s, struct device *d, int hub);
void work_compare_rejection(struct sim *s, struct device *d);
void work_add_stick(struct sim *s, struct device *d, int hub);

/* ---- truth.c ---- */

struct face {
    uint8_t set[SIM_DELEGATIONS + N_ROOMS][VLS_HASH_LEN]; /* by compartment, in the order in which they are known */
    uint8_t state[SIM_DELEGATIONS + N_ROOMS][VLS_HASH_LEN];
    uint8_t room[SIM_DELEGATIONS + N_ROOMS][VLS_ID_LEN];
    bool common[SIM_DELEGATIONS + N_ROOMS];
    size_t n_sets[SIM_DELEGATIONS + N_ROOMS];
    size_t n;
};

void truth_face(struct sim *s, struct device *d, struct face *out);
/* I2 for one laptop at any time: its sets make the states that they made elsewhere. */
void truth_sets(struct sim *s, struct device *d);
/* I3 for one laptop: everything it wrote and was told that it is kept. */
void truth_own(struct sim *s, struct device *d);
/* At the end, once quiet. */
void truth_end(struct sim *s);

/* ---- begin.c ---- */

void sim_begin(struct sim *s, uint64_t seed, unsigned flags);
/* Frees all but s itself. */
void sim_stop(struct sim *s);
/* Frees the beginnings that runs share. */
void sim_forget(void);

/* ---- run.c ---- */

void sim_run(uint64_t seed, unsigned flags, uint64_t total[N_EVENTS]);
/* Plants a fault of our own and looks whether the invariants see it. Ends the process. */
void sim_sabotage(uint64_t seed, int what);
#define SIM_SABOTAGES 8
/* A hash of everything a run ended with. */
void sim_fingerprint(uint64_t seed, unsigned flags, uint8_t out[VLS_HASH_LEN]);

#endif
