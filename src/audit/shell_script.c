/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/shell_script.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define COMMANDS_MAX 20000
#define GUARDS_MAX 32

struct scanner {
    const char *at;
    unsigned line;
    struct shell_script *script;
    struct shell_command current;
    struct text word;
    bool in_word;
    char *guards[GUARDS_MAX]; /* open ifs and cases */
    size_t guard_count;
    struct strings heredocs; /* names whose bodies follow the line; "-" first when tabs go */
};

const char *program_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int end_word(struct scanner *s)
{
    if (!s->in_word)
        return 0;
    if (s->current.words.count == 0)
        s->current.line = s->line;
    s->in_word = false;
    char *word = text_take(&s->word);
    return strings_add_taken(&s->current.words, word);
}

static bool is_keyword(const char *word)
{
    static const char *const keywords[] = {"then", "else", "do", "{", "(", "!", "elif", "while", "until"};
    for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
        if (streq(word, keywords[i]))
            return true;
    return false;
}

static void drop_first_word(struct strings *words)
{
    free(words->items[0]);
    memmove(words->items, words->items + 1, words->count * sizeof(char *));
    words->count--;
}

static char *join_words(const struct strings *words)
{
    autotext struct text t = {0};
    for (size_t i = 0; i < words->count && i < 40; i++)
        text_printf(&t, "%s%s", i ? " " : "", words->items[i]);
    return text_take(&t);
}

/* `if`, `case`, `fi`, `esac`: keeps the list of what is open. True when the command is only that. */
static bool take_guard(struct scanner *s)
{
    struct strings *w = &s->current.words;
    const char *first = w->items[0];
    if (streq(first, "fi") || streq(first, "esac")) {
        if (s->guard_count > 0)
            free(s->guards[--s->guard_count]);
        return true;
    }
    bool alternative = streq(first, "elif") || streq(first, "else");
    if (alternative && s->guard_count > 0) {
        free(s->guards[s->guard_count - 1]);
        s->guards[s->guard_count - 1] = join_words(w);
        return streq(first, "elif");
    }
    if (!streq(first, "if") && !streq(first, "case"))
        return false;
    if (s->guard_count < GUARDS_MAX)
        s->guards[s->guard_count++] = join_words(w);
    return true;
}

/* VAR=value before a command is part of its environment, not the command. */
static bool is_assignment(const char *word)
{
    size_t n = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    return n > 0 && word[n] == '=' && (word[0] < '0' || word[0] > '9');
}

static int end_command(struct scanner *s)
{
    int r = end_word(s);
    struct strings *w = &s->current.words;
    if (r < 0 || w->count == 0)
        return r;
    bool guard = take_guard(s);
    while (!guard && w->count > 0 &&
           (is_keyword(w->items[0]) || (is_assignment(w->items[0]) && w->count > 1)))
        drop_first_word(w);
    if (guard || w->count == 0 || s->script->count >= COMMANDS_MAX) {
        strings_free(w);
        return 0;
    }
    if (s->script->count % 64 == 0) {
        struct shell_command *grown =
            reallocarray(s->script->commands, s->script->count + 64, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        s->script->commands = grown;
    }
    if (s->guard_count > 0 && s->guards[s->guard_count - 1])
        s->current.guard = strdup(s->guards[s->guard_count - 1]);
    s->script->commands[s->script->count++] = s->current;
    s->current = (struct shell_command){0};
    return 0;
}

/* Behind a quote: up to its end. */
static void take_quoted(struct scanner *s, char quote)
{
    s->in_word = true;
    for (s->at++; *s->at != '\0' && *s->at != quote; s->at++) {
        if (*s->at == '\n')
            s->line++;
        if (quote == '"' && *s->at == '\\' && s->at[1] != '\0' && strchr("\"\\`\n", s->at[1])) {
            s->at++;
            if (*s->at == '\n') {
                s->line++;
                continue;
            }
        }
        text_append_char(&s->word, *s->at);
    }
    s->at += *s->at != '\0';
}

/* $(..) and ${..}: kept as they stand, so that spaces in them end no word. */
static void take_substitution(struct scanner *s)
{
    char open = *s->at, close = open == '(' ? ')' : '}';
    unsigned depth = 0;
    s->in_word = true;
    do {
        depth += *s->at == open;
        depth -= depth > 0 && *s->at == close;
        s->line += *s->at == '\n';
        text_append_char(&s->word, *s->at++);
    } while (*s->at != '\0' && depth > 0);
}

/* `<<NAME` at the cursor (behind the arrows): remembers it. */
static int take_heredoc(struct scanner *s)
{
    const char *p = s->at;
    bool tabs = *p == '-';
    p += tabs;
    while (*p == ' ')
        p++;
    size_t quote = *p == '\'' || *p == '"';
    size_t n = strcspn(p + quote, "'\" \t\n;&|<>)");
    autofree char *name = strndup(p + quote, n);
    s->at = p + quote + n + (quote && p[quote + n] != '\0' && p[quote + n] != '\n');
    return !name ? -ENOMEM : n == 0 ? 0 : strings_addf(&s->heredocs, "%s%s", tabs ? "-" : "=", name);
}

/* At the start of a line: over the bodies of the here-documents announced before it. */
static void skip_heredocs(struct scanner *s)
{
    for (size_t i = 0; i < s->heredocs.count; i++) {
        const char *name = s->heredocs.items[i] + 1;
        bool tabs = s->heredocs.items[i][0] == '-', found = false;
        while (*s->at != '\0' && !found) {
            const char *p = s->at;
            while (tabs && *p == '\t')
                p++;
            size_t n = strcspn(p, "\n");
            found = n == strlen(name) && strncmp(p, name, n) == 0;
            s->at = p + n + (p[n] == '\n');
            s->line += p[n] == '\n';
        }
    }
    strings_free(&s->heredocs);
}

static int take_separator(struct scanner *s)
{
    char c = *s->at;
    int r = end_command(s);
    s->at++;
    if (c != '\n')
        return r;
    s->line++;
    if (s->heredocs.count > 0)
        skip_heredocs(s);
    return r;
}

static int take_character(struct scanner *s)
{
    char c = *s->at, next = s->at[1];
    if (c == '\\' && next == '\n') {
        s->at += 2;
        s->line++;
        return 0;
    }
    if (c == '\'' || c == '"') {
        take_quoted(s, c);
        return 0;
    }
    if (c == '$' && (next == '(' || next == '{')) {
        text_append_char(&s->word, c);
        s->at++;
        take_substitution(s);
        return 0;
    }
    if (c == '#' && !s->in_word) {
        s->at += strcspn(s->at, "\n");
        return 0;
    }
    if (c == '<' && next == '<' && s->at[2] != '<') {
        int r = end_word(s);
        s->at += 2;
        return r < 0 ? r : take_heredoc(s);
    }
    bool redirection =
        c == '&' &&
        (next == '>' || (s->in_word && s->word.length > 0 && s->word.data[s->word.length - 1] == '>'));
    if (!redirection && (strchr("\n;|&)", c) || (c == '(' && !s->in_word)))
        return take_separator(s);
    if (c == ' ' || c == '\t' || c == '\r') {
        s->at++;
        return end_word(s);
    }
    if (c == '\\' && next != '\0')
        c = *++s->at;
    text_append_char(&s->word, c);
    s->in_word = true;
    s->at++;
    return 0;
}

int shell_script_parse(const char *text, struct shell_script *ret_script)
{
    autoscript struct shell_script script = {0};
    struct scanner s = {.at = text, .line = 1, .script = &script};
    int r = 0;
    while (*s.at != '\0' && r == 0)
        r = take_character(&s);
    if (r == 0)
        r = end_command(&s);
    strings_free(&s.current.words);
    text_free(&s.word);
    strings_free(&s.heredocs);
    while (s.guard_count > 0)
        free(s.guards[--s.guard_count]);
    if (r < 0)
        return r;
    *ret_script = script;
    script = (struct shell_script){0};
    return 0;
}

void shell_script_free(struct shell_script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        strings_free(&script->commands[i].words);
        free(script->commands[i].guard);
    }
    free(script->commands);
    *script = (struct shell_script){0};
}
