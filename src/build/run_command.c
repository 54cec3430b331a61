/* SPDX-License-Identifier: Apache-2.0 */
#include "build/run.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define SCRIPT_FOLDER "/dev/pipes" /* BuildKit's place; on the container's own /dev, never in a layer */

/* Proxies are for the step alone: neither the cache nor the history knows them. */
static bool is_proxy(const char *assignment)
{
    static const char *const names[] = {
        "HTTP_PROXY=", "HTTPS_PROXY=", "FTP_PROXY=", "NO_PROXY=", "ALL_PROXY="};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strncasecmp(assignment, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static int read_arguments(struct run_step *run)
{
    const struct strings *arguments = &run->stage->scope.arguments;
    const struct strings *environment = &run->stage->snapshot.config.environment;
    for (size_t i = 0; i < arguments->count; i++) {
        autofree char *name = strndup(arguments->items[i], strcspn(arguments->items[i], "="));
        if (!name)
            return -ENOMEM;
        if (strings_get_variable(environment, name)) /* ENV wins */
            continue;
        int r = strings_add(&run->arguments, arguments->items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_shell(struct run_step *run, struct strings *argv)
{
    const struct strings *shell = &run->stage->snapshot.config.shell;
    if (shell->count > 0)
        return strings_copy(argv, shell);
    int r = strings_add(argv, "/bin/sh");
    return r < 0 ? r : strings_add(argv, "-c");
}

/* "<<NAME", "<<-NAME", "<<'NAME'" and nothing else. */
static bool is_only_heredoc(const struct dockerfile_instruction *i)
{
    const char *line = i->command.words.items[0];
    if (i->heredoc_count != 1 || !i->command.shell_form)
        return false;
    while (isspace((unsigned char)*line))
        line++;
    while (isdigit((unsigned char)*line))
        line++;
    if (strncmp(line, "<<", 2) != 0)
        return false;
    line += 2;
    line += *line == '-';
    size_t quote = *line == '"' || *line == '\'' ? 1 : 0, length = strlen(i->heredocs[0].name);
    line += quote;
    if (strncmp(line, i->heredocs[0].name, length) != 0)
        return false;
    line += length + quote;
    return line[strspn(line, " \t")] == '\0';
}

static int read_script(struct run_step *run)
{
    const struct dockerfile_heredoc *h = &run->instruction->heredocs[0];
    if (strncmp(h->content, "#!", 2) != 0) {
        int r = add_shell(run, &run->argv);
        return r < 0 ? r : strings_add(&run->argv, h->content);
    }
    run->script = h->content;
    if (asprintf(&run->script_path, SCRIPT_FOLDER "/%s", h->name) < 0) {
        run->script_path = NULL;
        return -ENOMEM;
    }
    return strchr(h->name, '/') ? -EINVAL : strings_add(&run->argv, run->script_path);
}

static int read_shell_form(struct run_step *run)
{
    const struct dockerfile_instruction *i = run->instruction;
    autotext struct text line = {0};
    text_append(&line, i->command.words.items[0]);
    for (size_t k = 0; k < i->heredoc_count; k++)
        text_printf(&line, "%s%s", k == 0 ? "\n" : "", i->heredocs[k].terminator);
    int r = text_error(&line);
    if (r == 0)
        r = add_shell(run, &run->argv);
    return r < 0 ? r : strings_add(&run->argv, text_peek(&line));
}

static int show(struct run_step *run)
{
    autotext struct text text = {0};
    for (size_t i = 0; i < run->argv.count; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", run->argv.items[i]);
    run->shown = text_take(&text);
    return run->shown ? 0 : -ENOMEM;
}

int run_read_command(struct run_step *run)
{
    const struct dockerfile_instruction *i = run->instruction;
    int r;
    if (i->heredoc_count > 0 && is_only_heredoc(i))
        r = read_script(run);
    else if (i->command.shell_form)
        r = read_shell_form(run);
    else
        r = strings_copy(&run->argv, &i->command.words);
    if (r == 0)
        r = read_arguments(run);
    if (r == 0)
        r = show(run);
    return r < 0 ? fail(run->stage->failure, r, "reading the command") : 0;
}

char *run_history(const struct run_step *run)
{
    autotext struct text text = {0};
    size_t count = 0;
    for (size_t i = 0; i < run->arguments.count; i++)
        count += !is_proxy(run->arguments.items[i]);
    text_append(&text, "RUN ");
    if (count > 0)
        text_printf(&text, "|%zu ", count);
    for (size_t i = 0; i < run->arguments.count; i++)
        if (!is_proxy(run->arguments.items[i]))
            text_printf(&text, "%s ", run->arguments.items[i]);
    text_printf(&text, "%s # buildkit", run->shown);
    return text_take(&text);
}
