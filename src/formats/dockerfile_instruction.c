/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile_instruction.h"

#include "base/closest.h"
#include "formats/dockerfile_flags.h"
#include "formats/dockerfile_words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* What the parse of one instruction knows: `rest` is the line behind the keyword and its flags. */
struct instruction_parser {
    struct dockerfile_source *source;
    struct dockerfile_instruction *i;
    const char *rest;
};

typedef int instruction_reader(struct instruction_parser *p);

static int mistake(struct instruction_parser *p, const char *rule, const char *sentence)
{
    return source_error(p->source, (struct dockerfile_position){p->i->line, p->i->column}, rule, "%s %s",
                        dockerfile_kind_name(p->i->kind), sentence);
}

static int add_pair(struct dockerfile_instruction *i, const char *name, size_t name_length, const char *value)
{
    struct dockerfile_pair *grown = reallocarray(i->pairs, i->pair_count + 1, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    i->pairs = grown;
    struct dockerfile_pair pair = {strndup(name, name_length), value ? strdup(value) : NULL};
    if (!pair.name || (value && !pair.value)) {
        free(pair.name);
        free(pair.value);
        return -ENOMEM;
    }
    grown[i->pair_count++] = pair;
    return 0;
}

static char escape_of(const struct instruction_parser *p)
{
    return p->source->escape ? p->source->escape : '\\';
}

/* ENV and LABEL: name=value ..., or the old form with one name and the rest of the line. */
static int read_pairs(struct instruction_parser *p)
{
    autostrings struct strings words = {0};
    int r = words_split_quoted(p->rest, escape_of(p), &words);
    if (r < 0)
        return r;
    if (words.count == 0)
        return mistake(p, "dockerfile/arguments", "requires at least one argument");
    if (!strchr(words.items[0], '=')) {
        const char *value = p->rest;
        while (*value != '\0' && !word_blank(*value))
            value++;
        size_t length = (size_t)(value - p->rest);
        while (word_blank(*value))
            value++;
        if (*value == '\0')
            return mistake(p, "dockerfile/arguments", "must have two arguments: name=value");
        return add_pair(p->i, p->rest, length, value);
    }
    for (size_t n = 0; n < words.count; n++) {
        const char *word = words.items[n], *equals = strchr(word, '=');
        if (!equals)
            return source_error(p->source, (struct dockerfile_position){p->i->line, p->i->column},
                                "dockerfile/arguments", "can't find = in \"%s\": %s takes name=value", word,
                                dockerfile_kind_name(p->i->kind));
        if (equals == word)
            return mistake(p, "dockerfile/arguments", "names can not be blank");
        r = add_pair(p->i, word, (size_t)(equals - word), equals + 1);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_arg(struct instruction_parser *p)
{
    autostrings struct strings words = {0};
    int r = words_split_quoted(p->rest, escape_of(p), &words);
    if (r < 0)
        return r;
    if (words.count == 0)
        return mistake(p, "dockerfile/arguments", "requires at least one argument");
    for (size_t n = 0; n < words.count; n++) {
        const char *word = words.items[n], *equals = strchr(word, '=');
        if (equals == word)
            return mistake(p, "dockerfile/arguments", "names can not be blank");
        size_t length = equals ? (size_t)(equals - word) : strlen(word);
        r = add_pair(p->i, word, length, equals ? equals + 1 : NULL);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_text(struct instruction_parser *p)
{
    if (p->rest[0] == '\0')
        return mistake(p, "dockerfile/arguments", "requires exactly one argument");
    p->i->text = strdup(p->rest);
    return p->i->text ? 0 : -ENOMEM;
}

static int read_command_into(struct instruction_parser *p, struct dockerfile_command *command)
{
    int r = words_parse_json(p->rest, &command->words);
    if (r == -EINVAL)
        return mistake(p, "dockerfile/json", "in JSON form takes strings only");
    if (r < 0)
        return r;
    command->shell_form = r == 0;
    return r == 0 && p->rest[0] != '\0' ? strings_add(&command->words, p->rest) : 0;
}

static int read_command(struct instruction_parser *p)
{
    int r = read_command_into(p, &p->i->command);
    if (r < 0)
        return r;
    if (p->i->kind == DOCKERFILE_SHELL && (p->i->command.shell_form || p->i->command.words.count == 0))
        return mistake(p, "dockerfile/json", "requires the arguments to be in JSON form");
    if (p->i->kind == DOCKERFILE_RUN && p->i->command.words.count == 0)
        return mistake(p, "dockerfile/arguments", "requires a command");
    return 0;
}

static int read_run(struct instruction_parser *p)
{
    int r = read_command(p);
    return r < 0 || !p->i->command.shell_form ? r : source_read_heredocs(p->source, p->i);
}

/* A list that is a JSON array or words between blanks. 1: it was JSON. */
static int read_list(struct instruction_parser *p, struct strings *list)
{
    int r = words_parse_json(p->rest, list);
    if (r == -EINVAL)
        return mistake(p, "dockerfile/json", "in JSON form takes strings only");
    if (r != 0)
        return r;
    return words_split_blank(p->rest, list);
}

static int read_values(struct instruction_parser *p)
{
    int r = p->i->kind == DOCKERFILE_VOLUME ? read_list(p, &p->i->values)
                                            : words_split_blank(p->rest, &p->i->values);
    if (r < 0)
        return r;
    if (p->i->values.count == 0)
        return mistake(p, "dockerfile/arguments", "requires at least one argument");
    if (strings_contain(&p->i->values, ""))
        return mistake(p, "dockerfile/arguments", "can not take an empty string");
    return 0;
}

static int read_copy(struct instruction_parser *p)
{
    autostrings struct strings list = {0};
    int json = read_list(p, &list);
    if (json < 0)
        return json;
    if (list.count < 2)
        return mistake(p, "dockerfile/arguments", "requires at least two arguments: what, and where to");
    int r = json ? 0 : source_read_heredocs(p->source, p->i);
    if (r < 0)
        return r;
    for (size_t n = 0; n < list.count; n++) {
        struct dockerfile_heredoc h = {0};
        bool last = n + 1 == list.count;
        int found = json ? 0 : heredoc_parse(list.items[n], &h);
        heredoc_free(&h);
        if (found < 0)
            return found;
        if (found && last)
            return mistake(p, "dockerfile/heredoc", "can not have a heredoc as its destination");
        if (!found && !last && (r = strings_add(&p->i->copy.sources, list.items[n])) < 0)
            return r;
    }
    p->i->copy.destination = strdup(list.items[list.count - 1]);
    return p->i->copy.destination ? 0 : -ENOMEM;
}

static bool stage_name_valid(const char *name)
{
    if (!isalpha((unsigned char)name[0]))
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

static int read_from(struct instruction_parser *p)
{
    autostrings struct strings words = {0};
    int r = words_split_blank(p->rest, &words);
    if (r < 0)
        return r;
    if (words.count != 1 && !(words.count == 3 && strcasecmp(words.items[1], "as") == 0))
        return mistake(p, "dockerfile/arguments",
                       "requires either one or three arguments: FROM image [AS name]");
    p->i->base = strdup(words.items[0]);
    if (!p->i->base)
        return -ENOMEM;
    if (words.count == 1)
        return 0;
    if (!stage_name_valid(words.items[2]))
        return source_error(
            p->source, (struct dockerfile_position){p->i->line, p->i->column}, "dockerfile/stage-name",
            "invalid name for build stage: \"%s\", it starts with a letter and has letters, digits, "
            "-, _ and .",
            words.items[2]);
    p->i->stage_name = strdup(words.items[2]);
    if (!p->i->stage_name)
        return -ENOMEM;
    for (char *c = p->i->stage_name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return 0;
}

static int read_healthcheck(struct instruction_parser *p)
{
    size_t n = 0;
    while (p->rest[n] != '\0' && !word_blank(p->rest[n]))
        n++;
    autofree char *type = strndup(p->rest, n);
    if (!type)
        return -ENOMEM;
    while (word_blank(p->rest[n]))
        n++;
    p->rest += n;
    if (strcasecmp(type, "NONE") == 0) {
        p->i->health.none = true;
        return p->rest[0] == '\0' ? 0 : mistake(p, "dockerfile/arguments", "NONE takes no arguments");
    }
    if (strcasecmp(type, "CMD") != 0)
        return mistake(p, "dockerfile/arguments", "takes CMD with a command, or NONE");
    int r = read_command_into(p, &p->i->health.command);
    if (r == 0 && p->i->health.command.words.count == 0)
        return mistake(p, "dockerfile/arguments", "CMD requires a command");
    return r;
}

static int read_onbuild(struct instruction_parser *p)
{
    if (p->rest[0] == '\0')
        return mistake(p, "dockerfile/arguments", "requires at least one argument");
    if (p->source->in_trigger)
        return mistake(p, "dockerfile/onbuild", "isn't allowed as an ONBUILD trigger");
    struct dockerfile_instruction trigger = {0};
    struct logical_line line = {.text = (char *)p->rest,
                                .line = p->i->line,
                                .column = p->i->column,
                                .end_line = p->i->end_line,
                                .offset = p->i->offset,
                                .end_offset = p->i->end_offset};
    p->source->in_trigger = true;
    int r = instruction_parse(p->source, &line, &trigger);
    p->source->in_trigger = false;
    if (r < 0)
        return r;
    p->i->trigger = malloc(sizeof(trigger));
    if (!p->i->trigger) {
        dockerfile_instruction_free(&trigger);
        return -ENOMEM;
    }
    *p->i->trigger = trigger;
    if (trigger.kind == DOCKERFILE_FROM || trigger.kind == DOCKERFILE_MAINTAINER)
        return source_error(p->source, (struct dockerfile_position){p->i->line, p->i->column},
                            "dockerfile/onbuild", "%s isn't allowed as an ONBUILD trigger",
                            dockerfile_kind_name(trigger.kind));
    p->i->end_line = trigger.end_line;
    p->i->end_offset = trigger.end_offset;
    autotext struct text text = {0};
    text_append(&text, p->rest);
    for (size_t n = 0; n < trigger.heredoc_count; n++)
        text_printf(&text, "\n%s", trigger.heredocs[n].terminator);
    p->i->text = text_take(&text);
    return p->i->text ? 0 : -ENOMEM;
}

static const struct {
    const char *name;
    instruction_reader *read;
} instructions[] = {
    [DOCKERFILE_ADD] = {"ADD", read_copy},
    [DOCKERFILE_ARG] = {"ARG", read_arg},
    [DOCKERFILE_CMD] = {"CMD", read_command},
    [DOCKERFILE_COPY] = {"COPY", read_copy},
    [DOCKERFILE_ENTRYPOINT] = {"ENTRYPOINT", read_command},
    [DOCKERFILE_ENV] = {"ENV", read_pairs},
    [DOCKERFILE_EXPOSE] = {"EXPOSE", read_values},
    [DOCKERFILE_FROM] = {"FROM", read_from},
    [DOCKERFILE_HEALTHCHECK] = {"HEALTHCHECK", read_healthcheck},
    [DOCKERFILE_LABEL] = {"LABEL", read_pairs},
    [DOCKERFILE_MAINTAINER] = {"MAINTAINER", read_text},
    [DOCKERFILE_ONBUILD] = {"ONBUILD", read_onbuild},
    [DOCKERFILE_RUN] = {"RUN", read_run},
    [DOCKERFILE_SHELL] = {"SHELL", read_command},
    [DOCKERFILE_STOPSIGNAL] = {"STOPSIGNAL", read_text},
    [DOCKERFILE_USER] = {"USER", read_text},
    [DOCKERFILE_VOLUME] = {"VOLUME", read_values},
    [DOCKERFILE_WORKDIR] = {"WORKDIR", read_text},
};

const char *dockerfile_kind_name(enum dockerfile_kind kind)
{
    return instructions[kind].name;
}

static int find_kind(struct dockerfile_source *s, const struct logical_line *line, const char *keyword)
{
    const char *names[ARRAY_SIZE(instructions)];
    autofree char *upper = strdup(keyword);
    if (!upper)
        return -ENOMEM;
    for (char *c = upper; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    for (size_t k = 0; k < ARRAY_SIZE(instructions); k++) {
        if (streq(instructions[k].name, upper))
            return (int)k;
        names[k] = instructions[k].name;
    }
    const char *near = closest_word(upper, names, ARRAY_SIZE(instructions));
    return source_error(s, (struct dockerfile_position){line->line, line->column},
                        "dockerfile/unknown-instruction", "unknown instruction: %.80s%s%s", keyword,
                        near ? "; did you mean " : "", near ? near : "");
}

/* The line behind its keyword and flags, with its white space trimmed. */
static int split_line(const struct logical_line *line, char **ret_keyword, struct strings *flags,
                      char **ret_rest)
{
    autofree char *trimmed = words_trim(line->text);
    if (!trimmed)
        return -ENOMEM;
    const char *p = trimmed;
    while (*p != '\0' && !word_blank(*p))
        p++;
    *ret_keyword = strndup(trimmed, (size_t)(p - trimmed));
    int r = words_take_flags(p, flags, &p);
    if (r < 0 || !*ret_keyword)
        return -ENOMEM;
    *ret_rest = words_trim(p);
    return *ret_rest ? 0 : -ENOMEM;
}

int instruction_parse(struct dockerfile_source *s, const struct logical_line *line,
                      struct dockerfile_instruction *ret_instruction)
{
    __attribute__((cleanup(dockerfile_instruction_free))) struct dockerfile_instruction i = {
        .line = line->line,
        .column = line->column,
        .end_line = line->end_line,
        .offset = line->offset,
        .end_offset = line->end_offset};
    autofree char *keyword = NULL, *rest = NULL;
    int r = split_line(line, &keyword, &i.flags, &rest);
    if (r < 0)
        return r;
    int kind = find_kind(s, line, keyword);
    if (kind < 0)
        return kind;
    i.kind = (enum dockerfile_kind)kind;
    i.original = strdup(line->text);
    r = i.original ? strings_copy(&i.comments, &line->comments) : -ENOMEM;
    if (r < 0)
        return r;
    int flags = dockerfile_apply_flags(s, &i);
    struct instruction_parser parser = {s, &i, rest};
    r = flags == -ENOMEM ? flags : instructions[kind].read(&parser);
    if (r < 0 || flags < 0)
        return r < 0 ? r : flags;
    *ret_instruction = i;
    i = (struct dockerfile_instruction){0};
    return 0;
}
