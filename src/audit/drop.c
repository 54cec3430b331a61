/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/drop.h"

#include "audit/shell_script.h"
#include "base/text.h"
#include "formats/shell_word.h"
#include "policy/privilege.h"

#include <errno.h>
#include <string.h>

#define SCRIPT_DEPTH_MAX 8

struct fate_reader {
    struct arena *arena;
    const struct image_facts *image;
    const struct strings *arguments; /* "$@" of the script that is read: the command */
    unsigned depth;
    struct command_fate *fate;
};

static int judge_words(struct fate_reader *r, const struct strings *words, struct place place);
static int judge_script(struct fate_reader *r, const char *text, const char *name, bool main_script);

/* "-u", or a bundle like sudo's -Eu. */
static bool ends_in_u(const char *word)
{
    return word[0] == '-' && word[1] != '-' && word[1] != '\0' && word[strlen(word) - 1] == 'u';
}

/* The user that the words of a dropping program name, or NULL. */
static const char *dropped_user(const struct strings *w, enum drop_style style)
{
    bool end = false;
    for (size_t i = 1; i < w->count; i++) {
        const char *word = w->items[i];
        const char *next = i + 1 < w->count ? w->items[i + 1] : NULL;
        const char *equals = strchr(word, '=');
        switch (style) {
        case DROP_FIRST_WORD:
            if (word[0] != '-')
                return word;
            break;
        case DROP_SETPRIV:
            if (streq(word, "--reuid") || streq(word, "--ruid"))
                return next;
            if (string_after(word, "--reuid="))
                return equals + 1;
            break;
        case DROP_CHROOT:
            if (string_after(word, "--userspec="))
                return equals + 1;
            break;
        case DROP_OPTION_U:
            if (streq(word, "--user") || ends_in_u(word))
                return next;
            if (string_after(word, "--user="))
                return equals + 1;
            break;
        case DROP_SU:
            if (streq(word, "-u") || streq(word, "--user"))
                return next;
            if (string_after(word, "--user="))
                return equals + 1;
            if (streq(word, "-c") || streq(word, "-s") || streq(word, "--command") ||
                streq(word, "--shell") || streq(word, "-g") || streq(word, "-G"))
                i++;
            else if (word[0] != '-' && !end)
                return word;
            break;
        }
    }
    return style == DROP_SU ? "root" : NULL; /* su without a name becomes root */
}

/* Variables of the image in a word of a script; *ret_known: nothing was left open. */
static int expand_in_image(struct fate_reader *r, const char *word, const char **ret_text, bool *ret_known)
{
    autoword struct word_result result = {0};
    struct failure failure = {0};
    struct word_request request = {.word = word, .scopes = {&r->image->environment}};
    int e = shell_word_expand(&request, &result, &failure);
    if (e == -ENOMEM)
        return e;
    *ret_known = e == 0 && result.unset.count == 0 && !strstr(word, "$(") && !strchr(word, '`');
    if (e == 0 && result.unset.count > 0 && (strstr(word, ":-") || strstr(word, ":=")) &&
        result.text[0] != '\0')
        *ret_known = true; /* a default that is used */
    *ret_text = arena_string(r->arena, e == 0 ? result.text : word);
    return 0;
}

static int set_drop(struct fate_reader *r, const struct strings *w, const char *user, struct place place)
{
    bool known;
    const char *text;
    const char *program = program_name(w->items[0]);
    if ((streq(program, "sudo") && user[0] == '#') || (streq(program, "chpst") && user[0] == ':'))
        user++; /* their marks for numbers */
    int e = expand_in_image(r, user, &text, &known);
    if (e < 0)
        return e;
    autotext struct text how = {0};
    for (size_t i = 0; i < w->count && i < 4; i++)
        text_printf(&how, "%s%s", i ? " " : "", w->items[i]);
    r->fate->fate = known ? FATE_DROPS : FATE_UNKNOWN;
    r->fate->user = known ? text : arena_string(r->arena, user);
    r->fate->place = place;
    r->fate->how = place.file ? arena_printf(r->arena, "%s (%s:%u)", text_peek(&how), place.file, place.line)
                              : arena_string(r->arena, text_peek(&how));
    return text_error(&how) < 0 ? -ENOMEM : 0;
}

static int copy_from(struct strings *to, const struct strings *from, size_t first)
{
    for (size_t i = first; i < from->count; i++) {
        int r = strings_add(to, from->items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* tini -g -- CMD: the first word behind the wrapper that is no option, assignment or number of one. */
static size_t behind_wrapper(const struct strings *w)
{
    for (size_t i = 1; i < w->count; i++) {
        if (streq(w->items[i], "--"))
            return i + 1;
        if (w->items[i][0] == '-') {
            bool with_value = streq(w->items[i], "-p") || streq(w->items[i], "-e") ||
                              streq(w->items[i], "-n") || streq(w->items[i], "-u") ||
                              streq(w->items[i], "-C") || streq(w->items[i], "-r");
            i += with_value && i + 1 < w->count && w->items[i + 1][0] != '/';
            continue;
        }
        const char *equals = strchr(w->items[i], '=');
        if (!equals || strchr(w->items[i], '/') == w->items[i])
            return i;
    }
    return w->count;
}

static bool is_shell(const char *name)
{
    static const char *const shells[] = {"sh", "bash", "ash", "dash", "ksh", "zsh", "with-contenv"};
    for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
        if (streq(name, shells[i]))
            return true;
    return false;
}

/* sh -c LINE, sh SCRIPT. */
static int judge_shell(struct fate_reader *r, const struct strings *w)
{
    for (size_t i = 1; i < w->count; i++) {
        const char *word = w->items[i];
        if (word[0] == '-' && word[1] != '-' && strchr(word, 'c') && i + 1 < w->count)
            return judge_script(r, w->items[i + 1], NULL, false);
        if (streq(word, "-o") || streq(word, "-O"))
            i++;
        else if (word[0] != '-') {
            autostrings struct strings rest = {0};
            int e = copy_from(&rest, w, i);
            return e < 0 ? e : judge_words(r, &rest, (struct place){0});
        }
    }
    return 0;
}

/* A program that is in the image as a file we can read: a script is read. */
static int judge_file(struct fate_reader *r, const struct strings *w)
{
    const char *program = w->items[0];
    const struct known_file *file = image_facts_find_file(r->image, program);
    static const char *const folders[] = {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/",
                                          "/sbin/",           "/bin/",           "/"};
    bool has_slash = strchr(program, '/') != NULL;
    for (size_t i = 0; i < ARRAY_SIZE(folders) && !file && (!has_slash || program[0] == '.'); i++)
        file = image_facts_find_file(r->image, arena_printf(r->arena, "%s%s", folders[i],
                                                            program + (string_after(program, "./") ? 2 : 0)));
    if (!file || r->depth >= SCRIPT_DEPTH_MAX)
        return 0;
    if (!file->data) {
        r->fate->fate = FATE_UNKNOWN;
        r->fate->how = arena_printf(r->arena, "%s is not at hand", file->path);
        return 0;
    }
    if (!string_after(file->data, "#!"))
        return 0;
    autostrings struct strings arguments = {0};
    int e = copy_from(&arguments, w, 1);
    const struct strings *before = r->arguments;
    r->arguments = &arguments;
    e = e < 0 ? e : judge_script(r, file->data, file->path, true);
    r->arguments = before;
    return e;
}

static int judge_words(struct fate_reader *r, const struct strings *w, struct place place)
{
    enum drop_style style;
    if (w->count == 0)
        return 0;
    const char *name = program_name(w->items[0]), *setting = program_master(name);
    if (drop_style_of(name, &style) == 0) {
        const char *user = dropped_user(w, style);
        if (user || style == DROP_FIRST_WORD)
            return user ? set_drop(r, w, user, place) : 0;
    }
    if (setting) {
        r->fate->fate = FATE_MASTER;
        r->fate->how = arena_printf(r->arena, "%s: %s only changes its workers", name, setting);
        r->fate->place = place;
        return 0;
    }
    if (program_is_wrapper(name)) {
        autostrings struct strings rest = {0};
        int e = copy_from(&rest, w, behind_wrapper(w));
        return e < 0 ? e : judge_words(r, &rest, place);
    }
    return is_shell(name) ? judge_shell(r, w) : judge_file(r, w);
}

/* A guard that asks for another command than ours: `if [ "$1" = redis-server ]`. */
static bool guard_excludes(const struct fate_reader *r, const char *guard)
{
    if (!guard || !r->arguments)
        return false;
    const char *at = strstr(guard, "$1");
    if (!at)
        return false;
    const char *equals = strstr(at, "=");
    if (!equals || equals[-1] == '!')
        return false;
    equals += 1 + strspn(equals + 1, "= ");
    size_t n = strcspn(equals, " ]");
    if (n == 0 || equals[0] == '-')
        return false;
    const char *first = r->arguments->count > 0 ? r->arguments->items[0] : "";
    return strlen(program_name(first)) != n || strncmp(program_name(first), equals, n) != 0;
}

/* usermod -u: the account gets another number before it is dropped to. */
static bool gives_number(const struct strings *w, const char *program)
{
    bool tool = streq(program, "usermod") || streq(program, "fixuid") || streq(program, "groupmod");
    for (size_t i = 1; tool && i < w->count; i++)
        if (ends_in_u(w->items[i]) || string_after(w->items[i], "--uid"))
            return true;
    return streq(program, "fixuid");
}

static void note_root_work(struct fate_reader *r, struct text *work, const char *program)
{
    static const char *const silent[] = {
        "set",    "[",     "test",    "echo",     "exit",   "local",    "export", "shift",  "return",
        "id",     "true",  ":",       "[[",       "fi",     "esac",     "cd",     "if",     "umask",
        "printf", "unset", "declare", "readonly", "source", ".",        "read",   "for",    "while",
        "do",     "done",  "case",    "in",       "trap",   "shopt",    "wait",   "eval",   "function",
        "else",   "elif",  "then",    "false",    "break",  "continue", "getent", "whoami", "cat"};
    for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
        if (streq(program, silent[i]))
            return;
    if (strpbrk(program, "=$(){}*\"'") || work->length > 60 || !program[0] ||
        (work->length > 0 && strstr(text_peek(work), program)))
        return;
    text_printf(work, "%s%s", work->length ? ", " : "", program);
}

static bool is_set_drop(const struct shell_command *c)
{
    enum drop_style style;
    return c->words.count > 2 && streq(c->words.items[0], "set") && streq(c->words.items[1], "--") &&
           drop_style_of(program_name(c->words.items[2]), &style) == 0;
}

/* exec "$@" (or the last command): our own command takes over. */
static int judge_exec(struct fate_reader *r, const struct shell_command *c, struct place place)
{
    autostrings struct strings rest = {0};
    bool set = is_set_drop(c); /* set -- gosu app "$@", and exec "$@" later */
    size_t first = set ? 2 : streq(c->words.items[0], "exec") ? 1 : 0;
    while (!set && first < c->words.count && c->words.items[first][0] == '-' && first > 0)
        first++;
    int e = 0;
    for (size_t i = first; i < c->words.count && e == 0; i++) {
        if ((streq(c->words.items[i], "$@") || streq(c->words.items[i], "$*")) && r->arguments)
            e = copy_from(&rest, r->arguments, 0);
        else
            e = strings_add(&rest, c->words.items[i]);
    }
    return e < 0 ? e : judge_words(r, &rest, place);
}

static int judge_script(struct fate_reader *r, const char *text, const char *name, bool main_script)
{
    autoscript struct shell_script script = {0};
    autotext struct text work = {0};
    if (r->depth >= SCRIPT_DEPTH_MAX)
        return 0;
    int e = shell_script_parse(text, &script);
    r->depth++;
    for (size_t i = 0; e == 0 && i < script.count; i++) {
        const struct shell_command *c = &script.commands[i];
        const char *program = program_name(c->words.items[0]);
        enum drop_style style;
        bool exec = streq(program, "exec"), last = i + 1 == script.count;
        bool drops = drop_style_of(program, &style) == 0 || is_set_drop(c);
        if (!exec && !drops && !(last && !main_script)) {
            note_root_work(r, &work, program);
            if (gives_number(&c->words, program))
                r->fate->renumbered = arena_string(r->arena, program);
            continue;
        }
        if (guard_excludes(r, c->guard))
            continue;
        struct place place = {.file = name, .line = c->line, .column = 1};
        e = judge_exec(r, c, name ? place : (struct place){0});
        if (e == 0 && r->fate->fate != FATE_STAYS)
            break;
    }
    r->depth--;
    if (r->fate->fate != FATE_STAYS && !r->fate->as_root[0])
        r->fate->as_root = arena_string(r->arena, text_peek(&work));
    return e < 0 ? e : text_error(&work);
}

static int add_words(struct strings *to, const char *const *words, size_t count, bool shell)
{
    int e = shell && count > 0 ? strings_add(to, "sh") : 0;
    if (shell && count > 0 && e == 0)
        e = strings_add(to, "-c");
    for (size_t i = 0; i < count && e == 0; i++)
        e = strings_add(to, words[i]);
    return e;
}

int command_fate(struct arena *arena, const struct image_facts *image, const struct command_words *given,
                 struct command_fate *ret_fate)
{
    struct command_fate fate = {.how = "", .as_root = "", .user = ""};
    struct fate_reader r = {.arena = arena, .image = image, .fate = &fate};
    autostrings struct strings words = {0};
    bool own = !given || !given->entrypoint_given;
    int e = own ? add_words(&words, (const char *const *)image->entrypoint, image->entrypoint_count,
                            image->entrypoint_shell)
                : add_words(&words, given->entrypoint, given->entrypoint_count, given->entrypoint_shell);
    bool shell_entry = own ? image->entrypoint_shell && image->entrypoint_count > 0 : given->entrypoint_shell;
    if (e == 0 && !shell_entry) { /* a shell-form ENTRYPOINT ignores CMD; a new entrypoint clears it */
        if (given && given->command_given)
            e = add_words(&words, given->command, given->command_count, given->command_shell);
        else if (own)
            e = add_words(&words, (const char *const *)image->command, image->command_count,
                          image->command_shell);
    }
    e = e < 0 ? e : judge_words(&r, &words, (struct place){0});
    if (e < 0)
        return e;
    *ret_fate = fate;
    return 0;
}
