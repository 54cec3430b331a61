/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "formats/dockerfile_lines.h"
#include "formats/shell_word.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define HEREDOCS_MAX 64

void heredoc_free(struct dockerfile_heredoc *h)
{
    free(h->name);
    free(h->content);
    free(h->terminator);
    *h = (struct dockerfile_heredoc){0};
}

/* The only word that `source` expands to, or NULL. */
static int single_word(const char *source, bool raw, char **ret_word)
{
    autoword struct word_result result = {0};
    struct failure failure = {0};
    struct word_request request = {.word = source, .keep_unset = true, .raw_quotes = raw, .raw_escapes = raw};
    int r = shell_word_expand(&request, &result, &failure);
    if (r == -ENOMEM)
        return r;
    *ret_word = r == 0 && result.words.count == 1 ? strdup(result.words.items[0]) : NULL;
    return r == 0 && result.words.count == 1 && !*ret_word ? -ENOMEM : 0;
}

int heredoc_parse(const char *word, struct dockerfile_heredoc *ret_heredoc)
{
    size_t digits = strspn(word, "0123456789");
    const char *p = word + digits;
    uint64_t descriptor = 0;
    if (p[0] != '<' || p[1] != '<' || digits > 4)
        return 0;
    autofree char *number = strndup(word, digits);
    if (!number || (digits > 0 && number_parse(number, 9999, &descriptor) < 0))
        return -ENOMEM;
    p += 2;
    bool chomp = *p == '-';
    p += chomp;
    if (*p == '\0' || strchr(p, '<'))
        return 0;
    autofree char *name = NULL, *raw = NULL;
    int r = single_word(p, false, &name);
    if (r == 0)
        r = single_word(p, true, &raw);
    if (r < 0 || !name || !raw)
        return r;
    *ret_heredoc = (struct dockerfile_heredoc){
        .chomp = chomp, .expand = streq(name, raw), .descriptor = (unsigned)descriptor};
    ret_heredoc->name = TAKE_PTR(name);
    return 1;
}

/* Content up to the line that is the name. */
static int read_content(struct dockerfile_source *s, struct dockerfile_heredoc *h)
{
    autotext struct text content = {0}, raw = {0};
    size_t name_length = strlen(h->name);
    h->line = s->line + 1;
    while (s->at < s->size) {
        const char *start = s->data + s->at, *end = memchr(start, '\n', s->size - s->at);
        size_t whole = end ? (size_t)(end - start) + 1 : s->size - s->at;
        s->at += whole;
        s->line++;
        size_t tabs = 0, length = whole;
        while (h->chomp && tabs < whole && start[tabs] == '\t')
            tabs++;
        while (length > tabs && (start[length - 1] == '\n' || start[length - 1] == '\r'))
            length--;
        if (length - tabs == name_length && memcmp(start + tabs, h->name, name_length) == 0) {
            text_append(&raw, h->name);
            h->content = text_take(&content);
            h->terminator = text_take(&raw);
            return h->content && h->terminator ? 0 : -ENOMEM;
        }
        text_append_n(&content, start + tabs, whole - tabs);
        text_append_n(&raw, start, whole);
    }
    return -ENODATA;
}

static int add_heredoc(struct dockerfile_source *s, struct dockerfile_instruction *i,
                       struct dockerfile_heredoc *h)
{
    struct dockerfile_heredoc *grown = reallocarray(i->heredocs, i->heredoc_count + 1, sizeof(*grown));
    if (!grown) {
        heredoc_free(h);
        return -ENOMEM;
    }
    i->heredocs = grown;
    grown[i->heredoc_count++] = *h;
    struct dockerfile_heredoc *mine = &grown[i->heredoc_count - 1];
    int r = read_content(s, mine);
    if (r == -ENODATA)
        return source_error(s, (struct dockerfile_position){i->line, i->column}, "dockerfile/heredoc",
                            "unterminated heredoc: no line is exactly %s", mine->name);
    return r;
}

int source_read_heredocs(struct dockerfile_source *s, struct dockerfile_instruction *i)
{
    if (!strstr(i->original, "<<"))
        return 0;
    autoword struct word_result line = {0};
    struct failure failure = {0};
    struct word_request request = {
        .word = i->original, .keep_unset = true, .raw_quotes = true, .raw_escapes = true};
    int r = shell_word_expand(&request, &line, &failure);
    if (r < 0) /* a line that no shell word can be made of announces nothing */
        return r == -ENOMEM ? r : 0;
    for (size_t n = 0; n < line.words.count; n++) {
        struct dockerfile_heredoc h = {0};
        r = heredoc_parse(line.words.items[n], &h);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        if (i->heredoc_count >= HEREDOCS_MAX) {
            heredoc_free(&h);
            return source_error(s, (struct dockerfile_position){i->line, i->column}, "dockerfile/heredoc",
                                "more than %d heredocs", HEREDOCS_MAX);
        }
        r = add_heredoc(s, i, &h);
        if (r < 0)
            return r;
        i->end_line = s->line;
        i->end_offset = s->at > 0 && s->data[s->at - 1] == '\n' ? s->at - 1 : s->at;
    }
    return 0;
}
