/* SPDX-License-Identifier: Apache-2.0 */
#include "init/config.h"

#include "init/config_memory.h"
#include "init/files.h"

#include <errno.h>
#include <stdlib.h>

int config_fail(const struct setting *s, struct failure *f, const char *format, ...)
{
    char sentence[500];
    va_list args;
    va_start(args, format);
    format_text_v(sentence, sizeof(sentence), format, args);
    va_end(args);
    return fail_usage(f, "%s:%u: %s", s->file, s->line, sentence);
}

char **config_make_vector(struct config_memory *m, const struct token *words, size_t count, const char *first)
{
    if (m->vector_used + count + 1 > m->vector_size)
        return NULL;
    char **vector = m->vectors + m->vector_used;
    for (size_t i = 0; i < count; i++)
        vector[i] = i == 0 && first ? (char *)first : words[i].text;
    vector[count] = NULL;
    m->vector_used += count + 1;
    return vector;
}

int config_find_service(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->service_count; i++)
        if (strcmp(c->services[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t length = strlen(name);
    return length > 0 && length <= SERVICE_NAME_MAX && strspn(name, allowed) == length && name[0] != '.' &&
           name[0] != '-';
}

/* "[web]": the token with its brackets. */
static int begin_service(struct parsing *p, const struct setting *at, char *bracketed, struct failure *f)
{
    struct config *c = p->config;
    size_t length = strlen(bracketed);
    if (bracketed[length - 1] != ']')
        return config_fail(at, f, "\"%s\": a service begins with [name]", bracketed);
    bracketed[length - 1] = '\0';
    char *name = bracketed + 1;
    if (!name_is_valid(name))
        return config_fail(at, f, "\"%s\" is no name for a service: letters, digits, _ - . and at most %d",
                           name, SERVICE_NAME_MAX);
    if (config_find_service(c, name) >= 0)
        return config_fail(at, f, "there are two services called %s", name);
    if (c->service_count == SERVICES_MAX)
        return config_fail(at, f, "more than %d services", SERVICES_MAX);
    p->service = &c->services[c->service_count];
    *p->service = (struct service){
        .name = name,
        .ready_timeout_ms = 60000,
        .stop_signal = SIGTERM,
        .stop_timeout_ms = 10000,
        .restart = RESTART_ON_FAILURE,
        .restart_min_ms = 100,
        .restart_max_ms = 30000,
        .give_up_count = 5,
        .give_up_ms = 60000,
    };
    p->need_lines[c->service_count] = at->line;
    c->service_count++;
    p->seen = 0;
    return 0;
}

static bool is_equals(const struct tokens *t, size_t i)
{
    return i < t->count && !t->items[i].quoted && strcmp(t->items[i].text, "=") == 0;
}

static bool is_section(const struct tokens *t, size_t i)
{
    return i < t->count && t->items[i].line_start && !t->items[i].quoted && t->items[i].text[0] == '[' &&
           !is_equals(t, i + 1);
}

static int parse_all(struct parsing *p, const char *file, struct failure *f)
{
    struct tokens *t = &p->config->memory->tokens;
    for (size_t i = 0; i < t->count;) {
        struct setting s = {.file = file, .line = t->items[i].line, .key = t->items[i].text};
        if (is_section(t, i)) {
            int r = begin_service(p, &s, t->items[i++].text, f);
            if (r < 0)
                return r;
            continue;
        }
        if (!is_equals(t, i + 1) || t->items[i].quoted || t->items[i + 1].line != s.line)
            return config_fail(&s, f, "\"%s\" stands alone: settings are written key = value, with spaces",
                               s.key);
        i += 2;
        s.words = &t->items[i];
        /* A value goes on until the next key on the line, or the end of the line. */
        while (i < t->count && !t->items[i].line_start && (!is_equals(t, i + 1) || t->items[i].quoted))
            i++;
        s.count = (size_t)(&t->items[i] - s.words);
        if (s.count == 0)
            return config_fail(&s, f, "%s has no value", s.key);
        int r = config_apply(p, &s, f);
        if (r < 0)
            return r;
    }
    return 0;
}

static int resolve_needs(struct parsing *p, const char *file, struct failure *f)
{
    struct config *c = p->config;
    for (size_t i = 0; i < c->service_count; i++)
        for (size_t n = 0; n < SERVICES_MAX && p->needs[i][n]; n++) {
            int found = config_find_service(c, p->needs[i][n]);
            if (found < 0 || (size_t)found == i)
                return fail_usage(f, "%s:%u: %s needs %s, which is %s", file, p->need_lines[i],
                                  c->services[i].name, p->needs[i][n],
                                  found < 0 ? "no service of this file" : "itself");
            c->services[i].needs |= UINT32_C(1) << found;
        }
    /* Without circles one service after the other has all its needs fulfilled. */
    uint32_t fulfilled = 0;
    for (size_t round = 0; round < c->service_count; round++)
        for (size_t i = 0; i < c->service_count; i++)
            if ((c->services[i].needs & ~fulfilled) == 0)
                fulfilled |= UINT32_C(1) << i;
    for (size_t i = 0; i < c->service_count; i++)
        if (!(fulfilled & UINT32_C(1) << i))
            return fail_usage(f, "%s:%u: %s needs itself in a circle", file, p->need_lines[i],
                              c->services[i].name);
    return 0;
}

static int check_service(const struct service *s, const char *file, unsigned line, struct failure *f)
{
    if (!s->run)
        return fail_usage(f, "%s:%u: %s has no run = COMMAND", file, line, s->name);
    if (s->once && (s->main || s->ready.kind != PROBE_NONE || s->health.kind != PROBE_NONE))
        return fail_usage(f, "%s:%u: %s runs once: main, ready and health are for services that stay", file,
                          line, s->name);
    return 0;
}

static int settle_main(struct config *c, const char *file, struct failure *f)
{
    int main = -1;
    for (size_t i = 0; i < c->service_count; i++) {
        if (c->services[i].main && main >= 0)
            return fail_usage(f, "%s: two services are main: %s and %s", file, c->services[main].name,
                              c->services[i].name);
        main = c->services[i].main ? (int)i : main;
    }
    if (main < 0 && c->service_count == 1 && !c->services[0].once) {
        main = 0;
        c->services[0].main = true;
    }
    /* Who watches the container restarts it; a main service that restarts itself says so. */
    if (main >= 0 && !c->services[main].restart_given)
        c->services[main].restart = RESTART_NEVER;
    for (size_t i = 0; i < c->listen_count; i++) {
        if (!c->listens[i].has_service && main < 0)
            return fail_usage(f, "%s: listen = %s is for the main service, and there is none", file,
                              c->listens[i].text);
        c->listens[i].service = c->listens[i].has_service ? c->listens[i].service : (unsigned)main;
        c->listens[i].has_service = true;
    }
    return 0;
}

/* The sockets are 3, 4 ..: the descriptor for readiness must not be one of them. */
static int check_ready_descriptors(const struct config *c, const char *file, struct failure *f)
{
    for (size_t i = 0; i < c->service_count; i++) {
        int first_free = 3;
        for (size_t j = 0; j < c->listen_count; j++)
            first_free += c->listens[j].service == i;
        if (c->services[i].ready.kind == PROBE_FD && c->services[i].ready.fd < first_free)
            return fail_usage(f, "%s: %s: ready = fd:%d is a listening socket; the first free one is %d",
                              file, c->services[i].name, c->services[i].ready.fd, first_free);
    }
    return 0;
}

static int check_all(struct parsing *p, const char *file, struct failure *f)
{
    struct config *c = p->config;
    if (c->service_count == 0)
        return fail_usage(f, "%s: no service: a line [name] and run = COMMAND are wanted", file);
    for (size_t i = 0; i < c->service_count; i++) {
        struct service *s = &c->services[i];
        if (s->once && !s->restart_given)
            s->restart = RESTART_NEVER;
        int r = check_service(s, file, p->need_lines[i], f);
        if (r < 0)
            return r;
    }
    int r = resolve_needs(p, file, f);
    if (r == 0)
        r = settle_main(c, file, f);
    return r < 0 ? r : check_ready_descriptors(c, file, f);
}

int config_parse(const char *name, const char *text, size_t size, struct config *ret_config,
                 struct failure *f)
{
    autofree struct parsing *p = calloc(1, sizeof(*p));
    struct config_memory *m = calloc(1, sizeof(*m));
    if (!p || !m) {
        free(m);
        return fail_system(f, -ENOMEM, "reading %s", name);
    }
    ret_config->memory = m;
    p->config = ret_config;
    int r = tokens_split(name, text, size, &m->tokens, f);
    if (r == 0) {
        m->vector_size = m->tokens.count * 2 + 1;
        m->vectors = calloc(m->vector_size, sizeof(char *));
        r = m->vectors ? parse_all(p, name, f) : fail_system(f, -ENOMEM, "reading %s", name);
    }
    if (r == 0)
        r = check_all(p, name, f);
    /* The words stay where they are; the list of them is not needed any more. */
    free(m->tokens.items);
    m->tokens.items = NULL;
    if (r < 0)
        config_free(ret_config);
    return r;
}

void config_free(struct config *c)
{
    if (c->memory) {
        tokens_free(&c->memory->tokens);
        free(c->memory->vectors);
        free(c->memory);
    }
    *c = (struct config){0};
}
