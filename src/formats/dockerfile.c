/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile.h"

#include "base/number.h"
#include "formats/dockerfile_instruction.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define INSTRUCTIONS_MAX 65536

static void command_free(struct dockerfile_command *c)
{
    strings_free(&c->words);
}

void dockerfile_instruction_free(struct dockerfile_instruction *i)
{
    char *const owned[] = {i->original,   i->text,       i->network,       i->security,
                           i->base,       i->stage_name, i->platform,      i->copy.from,
                           i->copy.chown, i->copy.chmod, i->copy.checksum, i->copy.destination};
    for (size_t n = 0; n < ARRAY_SIZE(owned); n++)
        free(owned[n]);
    struct strings *const lists[] = {&i->comments,     &i->flags,   &i->values,       &i->mounts,
                                     &i->copy.sources, &i->devices, &i->copy.excludes};
    for (size_t n = 0; n < ARRAY_SIZE(lists); n++)
        strings_free(lists[n]);
    for (size_t n = 0; n < i->heredoc_count; n++)
        heredoc_free(&i->heredocs[n]);
    free(i->heredocs);
    for (size_t n = 0; n < i->pair_count; n++) {
        free(i->pairs[n].name);
        free(i->pairs[n].value);
    }
    free(i->pairs);
    command_free(&i->command);
    command_free(&i->health.command);
    if (i->trigger)
        dockerfile_instruction_free(i->trigger);
    free(i->trigger);
    *i = (struct dockerfile_instruction){0};
}

void dockerfile_free(struct dockerfile *d)
{
    for (size_t n = 0; n < d->instruction_count; n++)
        dockerfile_instruction_free(&d->instructions[n]);
    free(d->instructions);
    free(d->stages);
    free(d->syntax);
    free(d->check);
    *d = (struct dockerfile){0};
}

static int add_instruction(struct dockerfile *d, struct dockerfile_instruction *i, size_t *capacity)
{
    if (d->instruction_count >= *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 16;
        struct dockerfile_instruction *grown = reallocarray(d->instructions, wanted, sizeof(*grown));
        if (!grown) {
            dockerfile_instruction_free(i);
            return -ENOMEM;
        }
        d->instructions = grown;
        *capacity = wanted;
    }
    d->instructions[d->instruction_count++] = *i;
    return 0;
}

static int parse_lines(struct dockerfile_source *s, struct dockerfile *d)
{
    size_t capacity = 0;
    for (;;) {
        __attribute__((cleanup(logical_line_free))) struct logical_line line = {0};
        struct dockerfile_instruction i = {0};
        int r = source_next(s, &line);
        if (r <= 0)
            return r;
        if (d->instruction_count >= INSTRUCTIONS_MAX)
            return source_error(s, (struct dockerfile_position){line.line, 1}, "dockerfile/too-large",
                                "more than %d instructions", INSTRUCTIONS_MAX);
        r = instruction_parse(s, &line, &i);
        if (r == -EINVAL)
            continue;
        if (r == 0)
            r = add_instruction(d, &i, &capacity);
        if (r < 0)
            return r;
    }
}

/* Cuts the instructions into stages; only ARG may stand before the first FROM. */
static int find_stages(struct dockerfile_source *s, struct dockerfile *d)
{
    for (size_t n = 0; n < d->instruction_count; n++) {
        const struct dockerfile_instruction *i = &d->instructions[n];
        if (i->kind == DOCKERFILE_FROM) {
            struct dockerfile_stage *grown = reallocarray(d->stages, d->stage_count + 1, sizeof(*grown));
            if (!grown)
                return -ENOMEM;
            d->stages = grown;
            grown[d->stage_count++] = (struct dockerfile_stage){n, n + 1, 0, i->stage_name};
        } else if (d->stage_count > 0) {
            d->stages[d->stage_count - 1].count++;
        } else if (i->kind == DOCKERFILE_ARG) {
            d->meta_count++;
        } else {
            (void)source_error(s, (struct dockerfile_position){i->line, i->column}, "dockerfile/no-stage",
                               "no build stage in current context: %s stands before the first FROM",
                               dockerfile_kind_name(i->kind));
        }
    }
    if (d->stage_count == 0 && s->error == 0)
        return source_error(s, (struct dockerfile_position){s->line ? s->line : 1, 1}, "dockerfile/empty",
                            "file with no instructions: FROM is missing");
    return 0;
}

static int parse_source(struct dockerfile_source *s, struct dockerfile *d)
{
    int r = parse_lines(s, d);
    d->escape = s->escape ? s->escape : '\\';
    d->syntax = TAKE_PTR(s->syntax);
    d->check = TAKE_PTR(s->check);
    if (r < 0 && r != -EINVAL)
        return r;
    r = find_stages(s, d);
    return r < 0 ? r : s->error;
}

int dockerfile_parse(const char *name, const char *data, size_t size, struct report *report,
                     struct dockerfile *ret_dockerfile)
{
    struct dockerfile_source s = {.name = name, .data = data, .size = size, .report = report};
    autodockerfile struct dockerfile d = {0};
    if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
        s.at = 3;
    const char *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    if (nul) {
        unsigned line = 1;
        for (const char *p = data; p < nul; p++)
            line += *p == '\n';
        return source_error(&s, (struct dockerfile_position){line, 1}, "dockerfile/binary",
                            "a NUL byte: this is no text in UTF-8");
    }
    int r = parse_source(&s, &d);
    if (r < 0)
        return r;
    *ret_dockerfile = d;
    d = (struct dockerfile){0};
    return 0;
}

int dockerfile_parse_instruction(const char *name, const char *line, struct report *report,
                                 struct dockerfile_instruction *ret_instruction)
{
    struct dockerfile_source s = {
        .name = name, .data = line, .size = strlen(line), .report = report, .directives_done = true};
    __attribute__((cleanup(logical_line_free))) struct logical_line first = {0}, second = {0};
    struct dockerfile_instruction i = {0};
    int r = source_next(&s, &first);
    if (r == 0)
        return source_error(&s, (struct dockerfile_position){1, 1}, "dockerfile/empty", "no instruction");
    r = r < 0 ? r : instruction_parse(&s, &first, &i);
    if (r < 0)
        return r;
    r = source_next(&s, &second);
    if (r != 0) {
        dockerfile_instruction_free(&i);
        return r < 0 ? r
                     : source_error(&s, (struct dockerfile_position){second.line, 1}, "dockerfile/arguments",
                                    "more than one instruction");
    }
    *ret_instruction = i;
    return 0;
}

ssize_t dockerfile_find_stage(const struct dockerfile *d, const char *name, size_t before)
{
    uint64_t number;
    for (size_t n = before < d->stage_count ? before : d->stage_count; n-- > 0;)
        if (d->stages[n].name && strcasecmp(d->stages[n].name, name) == 0)
            return (ssize_t)n;
    if (number_parse(name, INT32_MAX, &number) == 0 && number < before && number < d->stage_count)
        return (ssize_t)number;
    return -ENOENT;
}
