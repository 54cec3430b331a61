/* SPDX-License-Identifier: Apache-2.0 */
/* Workflow commands for GitHub Actions, and a report to raise with an image's maintainer. */
#include "audit/render.h"

#include "base/strings.h"

#include <string.h>

/* Data of a workflow command: % and line breaks are escaped; in properties : and , too. */
static void append_escaped(struct text *out, const char *s, bool property)
{
    for (; *s != '\0'; s++) {
        if (*s == '%' || *s == '\r' || *s == '\n' || (property && (*s == ':' || *s == ',')))
            text_printf(out, "%%%02X", (unsigned char)*s);
        else
            text_append_char(out, *s);
    }
}

static const char *command_of(enum rule_level level)
{
    static const char *const names[] = {"notice", "warning", "error"};
    return names[level];
}

int render_github(const struct audit_result *r, struct text *out)
{
    for (size_t i = 0; i < r->complaint_count; i++) {
        text_append(out, "::error title=unroot audit::");
        append_escaped(out, r->complaints[i].place, false);
        text_append(out, ": ");
        append_escaped(out, r->complaints[i].text, false);
        text_append_char(out, '\n');
    }
    for (size_t i = 0; i < r->subject_count; i++)
        for (size_t k = 0; k < r->subjects[i]->finding_count; k++) {
            const struct audit_finding *f = &r->subjects[i]->findings[k];
            if (f->suppressed_reason)
                continue;
            text_printf(out, "::%s ", command_of(f->level));
            if (f->place.file) {
                text_append(out, "file=");
                append_escaped(out, f->place.file, true);
                text_printf(out, ",line=%u,", f->place.line ? f->place.line : 1);
            }
            text_printf(out, "title=%s::", rule_get(f->rule)->name);
            append_escaped(out, r->subjects[i]->name, false);
            text_append(out, ": ");
            append_escaped(out, f->message, false);
            text_append(out, " (fix: ");
            append_escaped(out, f->fix, false);
            text_append(out, ")\n");
        }
    return text_error(out);
}

/* Text inside a Markdown code span or a list: nothing of a stranger's becomes markup. */
static void append_code(struct text *out, const char *s)
{
    text_append_char(out, '`');
    for (; *s != '\0'; s++)
        text_append_char(out, *s == '`' ? '\'' : (unsigned char)*s < 0x20 ? ' ' : *s);
    text_append_char(out, '`');
}

static void append_proof(struct text *out, const struct subject *s)
{
    for (size_t i = s->chain_count; i-- > 0;) {
        text_append(out, "  - ");
        append_code(out, s->chain[i].what);
        if (s->chain[i].place.file) {
            text_append(out, " in ");
            append_code(out, s->chain[i].place.file);
            if (s->chain[i].place.line)
                text_printf(out, " line %u", s->chain[i].place.line);
        }
        text_append_char(out, '\n');
    }
}

static void append_issue(struct text *out, const struct subject *s)
{
    text_append(out, "## ");
    append_code(out, s->name);
    text_append(out, s->image ? " (" : "");
    if (s->image) {
        append_code(out, s->image);
        text_append(out, ")");
    }
    text_printf(out, "\n\nVerdict: **%s**. What decides it, last word first:\n\n", verdict_name(s->verdict));
    append_proof(out, s);
    text_append(out, "\nFindings:\n\n");
    for (size_t i = 0; i < s->finding_count; i++) {
        const struct audit_finding *f = &s->findings[i];
        if (f->suppressed_reason || f->level == LEVEL_NOTE)
            continue;
        text_printf(out, "- **%s** (%s): ", rule_get(f->rule)->name, rule_level_name(f->level));
        append_code(out, f->message);
        text_append(out, "\n  Fix: ");
        append_code(out, f->fix);
        text_append_char(out, '\n');
    }
    text_append_char(out, '\n');
}

int render_issue(const struct audit_result *r, const struct render_options *options, struct text *out)
{
    size_t count = 0;
    text_append(out, "# Processes that run as root, or can get there\n\n");
    text_printf(out, "Found by `unroot audit` %s%s%s.\n\n", UNROOT_VERSION, options->now ? " on " : "",
                options->now ? options->now : "");
    for (size_t i = 0; i < r->subject_count; i++) {
        bool serious = false;
        for (size_t k = 0; k < r->subjects[i]->finding_count; k++)
            serious = serious || (r->subjects[i]->findings[k].level != LEVEL_NOTE &&
                                  !r->subjects[i]->findings[k].suppressed_reason);
        if (!serious)
            continue;
        append_issue(out, r->subjects[i]);
        count++;
    }
    text_append(
        out,
        count ? "Why it matters: uid 0 in a container without a user namespace is uid 0 of the host; a bug "
                "in the runtime or the kernel, or a mount, is then the whole machine. A user that is "
                "not root needs no other change in most programs.\n"
              : "Nothing to report: no process is root.\n");
    return text_error(out);
}
