/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/steps.h"

#include <errno.h>

#ifdef UNROOT_TEST_HOOKS
#include "base/strings.h"

#include <signal.h>
#include <time.h>

/* What the test suite asks of a step: 0, or -EIO; or the process ends here. */
static int step_sabotage(const struct step_table *table, const struct step *step, struct failure *failure)
{
    char name[128];
    (void)snprintf(name, sizeof(name), "%s/%s", table->role, step->name);
    if (streq(getenv("UNROOT_KILL_STEP"), name)) {
        (void)raise(SIGKILL);
        _exit(137); /* process 1 of a pid namespace cannot be killed from inside */
    }
    const char *hold = streq(getenv("UNROOT_HOLD_STEP"), name) ? getenv("UNROOT_HOLD_FILE") : NULL;
    while (hold && access(hold, F_OK) == 0)
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    if (streq(getenv("UNROOT_FAIL_STEP"), name))
        return refuse(failure, -EIO, "made to fail by the test");
    return 0;
}
#else
static int step_sabotage(const struct step_table *table, const struct step *step, struct failure *failure)
{
    return 0;
}
#endif

/* The innermost step stays: what failed is there. */
static int steps_blame(const struct step_table *table, const struct step *step, int error,
                       struct failure *failure)
{
    if (failure->error == 0)
        ignore(fail(failure, error, "%s", step->name));
    if (failure->step[0] == '\0')
        (void)snprintf(failure->step, sizeof(failure->step), "%s/%s", table->role, step->name);
    return error;
}

int steps_run(const struct step_table *table, void *role, struct failure *failure)
{
    for (size_t i = 0; i < table->count; i++) {
        int r = step_sabotage(table, &table->steps[i], failure);
        if (r == 0)
            r = table->steps[i].run(role);
        if (r < 0)
            return steps_blame(table, &table->steps[i], r, failure);
    }
    return 0;
}
