/* SPDX-License-Identifier: Apache-2.0 */
#include "build/parse_fields.h"

#include <errno.h>
#include <string.h>

#define NONE UINT32_MAX
#define TRIGGER_DEPTH_MAX 1

static void fields_bytes(struct fields *f, void *bytes, size_t size)
{
    if (f->writing) {
        text_append_n(&f->out, bytes, size);
        return;
    }
    if (f->error == 0 && f->size - f->at < size)
        f->error = -EBADMSG;
    if (f->error < 0) {
        memset(bytes, 0, size);
        return;
    }
    memcpy(bytes, f->data + f->at, size);
    f->at += size;
}

void fields_number(struct fields *f, uint64_t *number)
{
    fields_bytes(f, number, sizeof(*number));
}

static void fields_unsigned(struct fields *f, unsigned *number)
{
    uint64_t wide = *number;
    fields_number(f, &wide);
    if (wide > UINT32_MAX)
        f->error = -EBADMSG;
    *number = (unsigned)wide;
}

static void fields_size(struct fields *f, size_t *number)
{
    uint64_t wide = *number;
    fields_number(f, &wide);
    *number = (size_t)wide;
}

static void fields_signed(struct fields *f, int64_t *number)
{
    fields_bytes(f, number, sizeof(*number));
}

static void fields_bool(struct fields *f, bool *value)
{
    char byte = *value ? 1 : 0;
    fields_bytes(f, &byte, 1);
    *value = byte != 0;
}

void fields_string(struct fields *f, char **string)
{
    uint32_t length = f->writing && *string ? (uint32_t)strlen(*string) : NONE;
    fields_bytes(f, &length, sizeof(length));
    if (f->writing) {
        if (*string)
            text_append_n(&f->out, *string, length);
        return;
    }
    *string = NULL;
    if (f->error < 0 || length == NONE)
        return;
    if (f->size - f->at < length || memchr(f->data + f->at, '\0', length)) {
        f->error = -EBADMSG;
        return;
    }
    *string = strndup(f->data + f->at, length);
    f->at += length;
    if (!*string)
        f->error = -ENOMEM;
}

/* How many follow; each takes at least one byte, so a number above the rest is a lie. */
static size_t fields_count(struct fields *f, size_t count)
{
    uint64_t wide = count;
    fields_number(f, &wide);
    if (!f->writing && f->error == 0 && wide > f->size - f->at)
        f->error = -EBADMSG;
    return f->error < 0 ? 0 : (size_t)wide;
}

static void fields_strings(struct fields *f, struct strings *list)
{
    size_t count = fields_count(f, list->count);
    for (size_t i = 0; f->error == 0 && i < count; i++) {
        char *item = f->writing ? list->items[i] : NULL;
        fields_string(f, &item);
        if (f->writing || f->error < 0)
            continue;
        if (!item)
            f->error = -EBADMSG;
        else if (strings_add_taken(list, item) < 0)
            f->error = -ENOMEM;
    }
}

/* A string that the parser always sets. */
static void fields_text(struct fields *f, char **string)
{
    fields_string(f, string);
    if (!f->writing && f->error == 0 && !*string)
        f->error = -EBADMSG;
}

static void fields_heredocs(struct fields *f, struct dockerfile_instruction *i)
{
    size_t count = fields_count(f, i->heredoc_count);
    if (!f->writing && count > 0) {
        i->heredocs = calloc(count, sizeof(*i->heredocs));
        f->error = i->heredocs ? f->error : -ENOMEM;
    }
    for (size_t k = 0; f->error == 0 && k < count; k++) {
        struct dockerfile_heredoc *h = &i->heredocs[k];
        i->heredoc_count = f->writing ? count : k + 1;
        fields_text(f, &h->name);
        fields_text(f, &h->content);
        fields_text(f, &h->terminator);
        fields_bool(f, &h->expand);
        fields_bool(f, &h->chomp);
        fields_unsigned(f, &h->descriptor);
        fields_unsigned(f, &h->line);
    }
}

static void fields_pairs(struct fields *f, struct dockerfile_instruction *i)
{
    size_t count = fields_count(f, i->pair_count);
    if (!f->writing && count > 0) {
        i->pairs = calloc(count, sizeof(*i->pairs));
        f->error = i->pairs ? f->error : -ENOMEM;
    }
    for (size_t k = 0; f->error == 0 && k < count; k++) {
        i->pair_count = f->writing ? count : k + 1;
        fields_text(f, &i->pairs[k].name);
        fields_string(f, &i->pairs[k].value);
    }
}

static void fields_command(struct fields *f, struct dockerfile_command *command)
{
    fields_strings(f, &command->words);
    fields_bool(f, &command->shell_form);
}

static void fields_copy(struct fields *f, struct dockerfile_copy *copy)
{
    int64_t unpack = copy->unpack;
    fields_strings(f, &copy->sources);
    fields_string(f, &copy->destination);
    fields_string(f, &copy->from);
    fields_string(f, &copy->chown);
    fields_string(f, &copy->chmod);
    fields_string(f, &copy->checksum);
    fields_strings(f, &copy->excludes);
    fields_bool(f, &copy->link);
    fields_bool(f, &copy->parents);
    fields_bool(f, &copy->keep_git_dir);
    fields_signed(f, &unpack);
    if (unpack < -1 || unpack > 1)
        f->error = -EBADMSG;
    copy->unpack = (int)unpack;
}

static void fields_health(struct fields *f, struct dockerfile_healthcheck *health)
{
    uint64_t retries = health->retries;
    fields_bool(f, &health->none);
    fields_command(f, &health->command);
    fields_signed(f, &health->interval_ns);
    fields_signed(f, &health->timeout_ns);
    fields_signed(f, &health->start_period_ns);
    fields_signed(f, &health->start_interval_ns);
    fields_number(f, &retries);
    health->retries = (uint32_t)retries;
}

/* What each kind cannot do without, whoever wrote the bytes. */
static bool instruction_is_whole(const struct dockerfile_instruction *i)
{
    switch (i->kind) {
    case DOCKERFILE_FROM:
        return i->base;
    case DOCKERFILE_ADD:
    case DOCKERFILE_COPY:
        return i->copy.destination;
    case DOCKERFILE_USER:
    case DOCKERFILE_WORKDIR:
    case DOCKERFILE_STOPSIGNAL:
    case DOCKERFILE_MAINTAINER:
        return i->text;
    case DOCKERFILE_ONBUILD:
        return i->text && i->trigger;
    case DOCKERFILE_RUN:
    case DOCKERFILE_SHELL:
        return i->command.words.count > 0;
    case DOCKERFILE_ARG:
    case DOCKERFILE_CMD:
    case DOCKERFILE_ENTRYPOINT:
    case DOCKERFILE_ENV:
    case DOCKERFILE_EXPOSE:
    case DOCKERFILE_HEALTHCHECK:
    case DOCKERFILE_LABEL:
    case DOCKERFILE_VOLUME:
        return true;
    }
    return false;
}

static void fields_instruction(struct fields *f, struct dockerfile_instruction *i, int depth)
{
    uint64_t kind = i->kind;
    bool has_trigger = i->trigger;
    fields_number(f, &kind);
    if (kind > DOCKERFILE_WORKDIR)
        f->error = -EBADMSG;
    i->kind = (enum dockerfile_kind)kind;
    fields_unsigned(f, &i->line);
    fields_unsigned(f, &i->column);
    fields_unsigned(f, &i->end_line);
    fields_size(f, &i->offset);
    fields_size(f, &i->end_offset);
    fields_text(f, &i->original);
    fields_strings(f, &i->comments);
    fields_strings(f, &i->flags);
    fields_heredocs(f, i);
    fields_pairs(f, i);
    fields_strings(f, &i->values);
    fields_string(f, &i->text);
    fields_command(f, &i->command);
    fields_strings(f, &i->mounts);
    fields_strings(f, &i->devices);
    fields_string(f, &i->network);
    fields_string(f, &i->security);
    fields_copy(f, &i->copy);
    fields_health(f, &i->health);
    fields_string(f, &i->base);
    fields_string(f, &i->stage_name);
    fields_string(f, &i->platform);
    fields_bool(f, &has_trigger);
    if (has_trigger && depth >= TRIGGER_DEPTH_MAX)
        f->error = -EBADMSG;
    if (!has_trigger || f->error < 0)
        return;
    if (!f->writing) {
        i->trigger = calloc(1, sizeof(*i->trigger));
        f->error = i->trigger ? 0 : -ENOMEM;
    }
    if (f->error == 0)
        fields_instruction(f, i->trigger, depth + 1);
}

static void fields_stages(struct fields *f, struct dockerfile *d)
{
    size_t count = fields_count(f, d->stage_count);
    if (!f->writing && count > 0) {
        d->stages = calloc(count, sizeof(*d->stages));
        f->error = d->stages ? f->error : -ENOMEM;
    }
    for (size_t k = 0; f->error == 0 && k < count; k++) {
        struct dockerfile_stage *s = &d->stages[k];
        fields_size(f, &s->from);
        fields_size(f, &s->first);
        fields_size(f, &s->count);
        if (f->writing || f->error < 0)
            continue;
        d->stage_count = k + 1;
        if (s->from >= d->instruction_count || d->instructions[s->from].kind != DOCKERFILE_FROM ||
            s->first > d->instruction_count || s->count > d->instruction_count - s->first)
            f->error = -EBADMSG;
        else
            s->name = d->instructions[s->from].stage_name;
    }
}

void fields_dockerfile(struct fields *f, struct dockerfile *d)
{
    fields_bytes(f, &d->escape, 1);
    fields_string(f, &d->syntax);
    fields_string(f, &d->check);
    size_t count = fields_count(f, d->instruction_count);
    if (!f->writing && count > 0) {
        d->instructions = calloc(count, sizeof(*d->instructions));
        f->error = d->instructions ? f->error : -ENOMEM;
    }
    for (size_t k = 0; f->error == 0 && k < count; k++) {
        d->instruction_count = f->writing ? count : k + 1;
        fields_instruction(f, &d->instructions[k], 0);
        if (f->error == 0 && !instruction_is_whole(&d->instructions[k]))
            f->error = -EBADMSG;
    }
    fields_stages(f, d);
    fields_size(f, &d->meta_count);
    if (!f->writing && f->error == 0 && (d->meta_count > d->instruction_count || f->at != f->size))
        f->error = -EBADMSG;
}
