/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/signal_name.h"
#include "base/number.h"
#include "base/strings.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

struct signal_row {
    int number;
    const char *name;
};

/* The first name of a number is the one that is written. */
static const struct signal_row rows[] = {
    {SIGHUP, "HUP"},   {SIGINT, "INT"},       {SIGQUIT, "QUIT"},     {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
    {SIGABRT, "ABRT"}, {SIGABRT, "IOT"},      {SIGBUS, "BUS"},       {SIGFPE, "FPE"},   {SIGKILL, "KILL"},
    {SIGUSR1, "USR1"}, {SIGSEGV, "SEGV"},     {SIGUSR2, "USR2"},     {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"},
    {SIGTERM, "TERM"}, {SIGSTKFLT, "STKFLT"}, {SIGCHLD, "CHLD"},     {SIGCHLD, "CLD"},  {SIGCONT, "CONT"},
    {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},     {SIGTTIN, "TTIN"},     {SIGTTOU, "TTOU"}, {SIGURG, "URG"},
    {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"},     {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"},
    {SIGIO, "IO"},     {SIGIO, "POLL"},       {SIGPWR, "PWR"},       {SIGSYS, "SYS"},
};

/* What follows RTMIN or RTMAX: nothing, or `sign` and a number. */
static int read_offset(const char *text, char sign, int *ret_offset)
{
    uint64_t offset = 0;
    if (text[0] != '\0' &&
        (text[0] != sign || number_parse(text + 1, SIGNAL_LAST - SIGNAL_REAL_TIME_FIRST, &offset) < 0))
        return -EINVAL;
    *ret_offset = (int)offset;
    return 0;
}

static int parse_real_time(const char *name)
{
    int offset;
    if (strncasecmp(name, "RTMIN", 5) == 0)
        return read_offset(name + 5, '+', &offset) < 0 ? -EINVAL : SIGNAL_REAL_TIME_FIRST + offset;
    if (strncasecmp(name, "RTMAX", 5) == 0)
        return read_offset(name + 5, '-', &offset) < 0 ? -EINVAL : SIGNAL_LAST - offset;
    return -EINVAL;
}

int signal_parse(const char *text)
{
    uint64_t number;
    if (number_parse(text, SIGNAL_LAST, &number) == 0)
        return number == 0 ? -EINVAL : (int)number;
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcasecmp(rows[i].name, name) == 0)
            return rows[i].number;
    return parse_real_time(name);
}

const char *signal_name(int number, char ret_name[SIGNAL_NAME_SIZE])
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].number == number) {
            (void)snprintf(ret_name, SIGNAL_NAME_SIZE, "SIG%s", rows[i].name); /* the longest is SIGSTKFLT */
            return ret_name;
        }
    if (number == SIGNAL_REAL_TIME_FIRST)
        (void)snprintf(ret_name, SIGNAL_NAME_SIZE, "SIGRTMIN");
    else if (number > SIGNAL_REAL_TIME_FIRST && number <= SIGNAL_LAST)
        (void)snprintf(ret_name, SIGNAL_NAME_SIZE, "SIGRTMIN+%d", number - SIGNAL_REAL_TIME_FIRST);
    else
        (void)snprintf(ret_name, SIGNAL_NAME_SIZE, "SIG%d", number); /* cut for none: the widest int fits */
    return ret_name;
}
