/* SPDX-License-Identifier: Apache-2.0 */
/* RUN: from the instruction to a layer. */
#include "build/run.h"
#include "build/run_cache.h"
#include "kernel/process.h"

#include <errno.h>
#include <string.h>

void run_step_free(struct run_step *run)
{
    if (run->agent_pidfd >= 0) {
        process_end(run->agent_pidfd);
        (void)close(run->agent_pidfd); /* reaped */
    }
    for (size_t i = 0; i < run->mount_count; i++)
        run_mount_free(&run->mounts[i]);
    free(run->mounts);
    strings_free(&run->argv);
    strings_free(&run->arguments);
    strings_free(&run->names);
    free(run->script_path);
    free(run->shown);
}

static int read_network(struct run_step *run)
{
    static const struct {
        const char *name;
        enum network_kind kind;
    } known[] = {{"default", NETWORK_DEFAULT},
                 {"bridge", NETWORK_DEFAULT},
                 {"none", NETWORK_NONE},
                 {"host", NETWORK_HOST}};
    const char *wanted = run->stage->work->request->network;
    const char *given = run->instruction->network ? run->instruction->network : wanted ? wanted : "default";
    if (streq(run->instruction->network, "host") && !streq(wanted, "host"))
        return refuse(run->stage->failure, -EPERM,
                      "RUN --network=host: the host's network is only for a build with --network host");
    /* none on the command line is for every step: a Dockerfile cannot take it back. */
    if (streq(wanted, "none"))
        given = wanted;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (streq(known[i].name, given)) {
            run->network = known[i].kind;
            return 0;
        }
    return refuse(run->stage->failure, -EINVAL, "--network=%s: default, none and host are known", given);
}

static int check_flags(struct run_step *run)
{
    const char *security = run->instruction->security;
    if (security && !streq(security, "sandbox"))
        return refuse(run->stage->failure, -EPERM,
                      "RUN --security=%s: a build step never has more power than root inside its own user "
                      "namespace: take the flag away",
                      security);
    if (run->instruction->devices.count > 0)
        return refuse(run->stage->failure, -EOPNOTSUPP, "RUN --device: build steps have no devices");
    return 0;
}

static int read_step(struct run_step *run)
{
    int r = check_flags(run);
    if (r == 0)
        r = read_network(run);
    if (r == 0)
        r = run_read_command(run);
    return r < 0 ? r : run_read_mounts(run);
}

/* Docker's users expect: the files so far, the command, the variables that it sees, its mounts, who and where
 * it is. Labels, CMD and the like are not in it: they change nothing of what the command does. */
static void make_key(const struct run_step *run, const char *created_by, struct digest *ret_key)
{
    const struct image_config *config = &run->stage->snapshot.config;
    struct build_key key;
    build_key_begin(&key, "run");
    build_key_add_digest(&key, &run->stage->snapshot.state);
    build_key_add(&key, run->stage->work->epoch);
    build_key_add(&key, created_by);
    build_key_add_strings(&key, &run->argv);
    build_key_add(&key, run->script);
    build_key_add_strings(&key, &config->environment);
    build_key_add(&key, config->user);
    build_key_add(&key, config->workdir);
    build_key_add_number(&key, run->network);
    run_add_mounts_to_key(run, &key);
    build_key_end(&key, ret_key);
}

static int tell_status(const struct run_step *run, int status)
{
    if (stage_is_stopped())
        return refuse(run->stage->failure, -ECANCELED, "the build was interrupted");
    return refuse(run->stage->failure, -EIO, "process \"%s\" did not complete successfully: exit code: %d",
                  run->shown, status);
}

static int carry_out(struct run_step *run, const struct stage_outcome *wanted)
{
    struct build_stage *stage = run->stage;
    char upper[STAGING_NAME_SIZE] = "";
    struct stage_outcome outcome = *wanted;
    int status = 0;
    outcome.upper = upper;
    int r = stage->place.engine ? 0 : build_place_make(&stage->place, stage->work->engine, stage->failure);
    if (r == 0)
        r = run_prepare_mounts(run);
    if (r < 0)
        return r;
    autoclose int folder = staging_make(stage->work->store, upper);
    if (folder < 0)
        return fail(stage->failure, folder, "making a layer's folder");
    r = run_process(run, upper, &status);
    if (r == 0 && status != 0)
        r = tell_status(run, status);
    if (r < 0) {
        ignore(staging_remove(stage->work->store, upper)); /* else it is rubbish for the next command */
        return r;
    }
    return stage_take_outcome(stage, &outcome);
}

int stage_do_run(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    __attribute__((cleanup(run_step_free))) struct run_step run = {
        .stage = stage, .instruction = i, .agent_pidfd = -EBADF};
    struct digest key;
    int r = read_step(&run);
    if (r < 0)
        return r;
    autofree char *created_by = run_history(&run);
    if (!created_by)
        return fail(stage->failure, -ENOMEM, "writing the history");
    make_key(&run, created_by, &key);
    r = stage_take_cached(stage, &key, created_by);
    if (r != 0)
        return r < 0 ? r : 0;
    const struct stage_outcome outcome = {.key = &key, .random = true, .created_by = created_by};
    return carry_out(&run, &outcome);
}
