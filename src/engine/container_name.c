/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

/* A name that can be said and remembered: 64 x 64 of them, then a number behind. */
int name_choose(const struct engine *e, const char *id, char ret_name[NAME_CHOSEN_SIZE],
                struct failure *failure)
{
    static const char *const qualities[] = {
        "able",   "amber", "ample",  "bold",   "brave",  "bright", "brisk",   "calm",   "candid", "clear",
        "clever", "crisp", "deft",   "eager",  "early",  "even",   "exact",   "fair",   "fast",   "fine",
        "firm",   "fond",  "frank",  "free",   "fresh",  "gentle", "glad",    "golden", "grand",  "green",
        "happy",  "hardy", "honest", "jolly",  "keen",   "kind",   "lively",  "lucid",  "lucky",  "mellow",
        "merry",  "mild",  "modest", "neat",   "nimble", "noble",  "patient", "plain",  "polite", "proud",
        "quick",  "quiet", "ready",  "robust", "rustic", "sharp",  "silent",  "solid",  "spry",   "steady",
        "sunny",  "tidy",  "vivid",  "warm",
    };
    static const char *const things[] = {
        "acorn",   "alder",  "anchor",  "aspen",   "badger",  "beacon",  "birch",  "bison",
        "bramble", "bridge", "cedar",   "cliff",   "clover",  "comet",   "condor", "coral",
        "crane",   "creek",  "delta",   "dune",    "elm",     "falcon",  "fern",   "finch",
        "fjord",   "forest", "gable",   "garnet",  "glacier", "grove",   "harbor", "hazel",
        "heron",   "island", "juniper", "kestrel", "lagoon",  "larch",   "lark",   "linden",
        "lynx",    "maple",  "marsh",   "meadow",  "mesa",    "moss",    "oak",    "orchid",
        "osprey",  "otter",  "pebble",  "pine",    "plover",  "prairie", "quartz", "raven",
        "reef",    "ridge",  "sparrow", "spruce",  "summit",  "thistle", "walnut", "willow",
    };
    for (int tries = 0; tries < 64; tries++) {
        uint16_t random[3];
        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
            return fail(failure, -errno, "choosing a name");
        const char *quality = qualities[random[0] % ARRAY_SIZE(qualities)];
        const char *thing = things[random[1] % ARRAY_SIZE(things)];
        if (tries < 4)
            (void)snprintf(ret_name, NAME_CHOSEN_SIZE, "%s_%s", quality, thing);
        else
            (void)snprintf(ret_name, NAME_CHOSEN_SIZE, "%s_%s%u", quality, thing, random[2]);
        struct failure taken = {0};
        int r = name_take(e, ret_name, id, &taken);
        if (r == 0)
            return 0;
        if (r != -EEXIST) {
            *failure = taken;
            return r;
        }
    }
    return refuse(failure, -EEXIST, "no free name was found: give one with --name");
}
