/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-init ctl and unroot-init check: a question to process 1. */
#include "init/control.h"
#include "init/verbs.h"

static int ask(const char *verb, const char *service, struct failure *f)
{
    char question[120], answer[CONTROL_ANSWER_MAX];
    if (service && strlen(service) > SERVICE_NAME_MAX)
        return fail_usage(f, "no service has such a long name");
    format_text(question, sizeof(question), service ? "%s %s" : "%s", verb, service ? service : "");
    int r = control_ask(question, answer, sizeof(answer), f);
    if (r >= 0)
        print_text(answer);
    return r;
}

int ctl_run(char **words, char *const *environment, struct failure *f)
{
    (void)environment;
    bool one = words[0] && (strcmp(words[0], "stop") == 0 || strcmp(words[0], "restart") == 0);
    if (!words[0] || (!one && strcmp(words[0], "status") != 0) || (one && !words[1]) ||
        (words[1] && words[2]))
        return fail_usage(f, "usage: unroot-init ctl status [SERVICE] | restart SERVICE | stop SERVICE");
    return ask(words[0], words[1], f);
}

int check_run(char **words, char *const *environment, struct failure *f)
{
    (void)environment;
    if (words[0] && words[1])
        return fail_usage(f, "usage: unroot-init check [SERVICE]");
    int r = ask("check", words[0], f);
    if (r < 0 && f->exit_code == EXIT_SYSTEM)
        f->exit_code = 1; /* engines know 0 and 1 alone: a container without process 1 is not well */
    return r;
}
