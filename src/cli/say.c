/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One write per line: two programs that share a terminal or a log do not mix within a line. */
static void __attribute__((format(printf, 2, 0)))
write_line(const struct cli *cli, const char *format, va_list args)
{
    char sentence[FAILURE_TEXT_SIZE + 200];
    char line[FAILURE_TEXT_SIZE + 400];
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still a sentence */
    int n = snprintf(line, sizeof(line), "%s: %s\n", cli->name, sentence);
    (void)fflush(stdout);
    if (n > 0)
        (void)!write(STDERR_FILENO, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void say(const struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(cli, format, args);
    va_end(args);
}

int say_failure(const struct cli *cli, const struct failure *failure)
{
    say(cli, "%s", failure->text[0] ? failure->text : strerror(-failure->error));
    if (cli->debug)
        say(cli, "debug: errno %d (%s)%s%s", -failure->error, strerrorname_np(-failure->error),
            failure->step[0] ? ", step " : "", failure->step);
    return cli->command && cli->command->failure_code ? cli->command->failure_code : EXIT_FAILURE;
}

int say_usage(const struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(cli, format, args);
    va_end(args);
    (void)dprintf(STDERR_FILENO, "See '%s --help'.\n", cli->name); /* a closed stderr is the caller's wish */
    return cli->command && cli->command->usage_code ? cli->command->usage_code : EXIT_USAGE;
}

bool can_show_progress(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !streq(terminal, "dumb");
}

int finish_output(const struct cli *cli, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    say(cli, "writing the output: %s", strerror(errno));
    return code ? code : EXIT_FAILURE;
}
