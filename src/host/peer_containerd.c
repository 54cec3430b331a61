/* SPDX-License-Identifier: Apache-2.0 */
/* config.toml: a runtime handler of the CRI plugin. It is added to the file itself, as a block at its end:
 * containerd 1 replaces a whole plugin's section by what an imported file has of it. A changed line keeps its
 * old text in a comment, so taking the marked lines out gives the file that was. */
#include "host/peer_text.h"

#include "base/text.h"
#include "formats/toml_lines.h"
#include "host/peer.h"

#include <errno.h>
#include <string.h>

#define BEGIN "# begin of what `unroot setup containerd` added"
#define END "# end of what `unroot setup containerd` added"
#define WAS "#unroot-was#"
#define MADE "# by unroot setup"

static const char *const plugin_by_version[] = {
    [2] = "io.containerd.grpc.v1.cri",
    [3] = "io.containerd.cri.v1.runtime",
};

struct config {
    struct arena arena;
    struct toml_file toml;
    const char *plugin;
    bool has_version;
};

static const char *table_name(struct config *c, const char *rest)
{
    return arena_printf(&c->arena, "plugins.%s.containerd%s", c->plugin, rest);
}

static const struct toml_entry *table_find(const struct toml_file *f, const char *table)
{
    for (size_t i = 0; i < f->count; i++)
        if (streq(f->entries[i].table, table) ||
            (string_after(f->entries[i].table, table) && f->entries[i].table[strlen(table)] == '.'))
            return &f->entries[i];
    return NULL;
}

static int config_read(const struct peer_text *t, const char *text, struct config *c, struct failure *failure)
{
    autoreport struct report report = {0};
    const struct toml_source source = {t->name, text};
    int r = toml_parse(&c->arena, &source, &report, &c->toml);
    if (r < 0 && report.count > 0)
        return refuse(failure, r, "%s: %s", report.items[0].place, report.items[0].text);
    if (r < 0)
        return fail(failure, r, "reading %s", t->name);
    const struct toml_entry *version = toml_find(&c->toml, "", "version");
    const char *number = version && version->count == 1 ? version->values[0] : "1";
    c->has_version = version != NULL;
    if (!version && c->toml.count == 0)
        number = "2"; /* containerd 2 reads it as well */
    if (!streq(number, "2") && !streq(number, "3"))
        return refuse(failure, -EINVAL,
                      "%s:%u: configurations of version %s are not changed here: `containerd config migrate` "
                      "prints it as one that is",
                      t->name, version ? version->line : 1, number);
    c->plugin = plugin_by_version[number[0] - '0'];
    const struct toml_entry *ours = table_find(&c->toml, table_name(c, ".runtimes." PEER_RUNTIME));
    if (ours)
        return refuse(failure, -EINVAL, "%s:%u: there is a runtime named " PEER_RUNTIME " already", t->name,
                      ours->line);
    const struct toml_entry *plugins = toml_find(&c->toml, "", "plugins");
    if (plugins)
        return refuse(failure, -EINVAL, "%s:%u: plugins as an inline table cannot be added to", t->name,
                      plugins->line);
    return arena_error(&c->arena) < 0 ? fail(failure, -ENOMEM, "reading %s", t->name) : 0;
}

/* The heading as text: [plugins."io.containerd.grpc.v1.cri".containerd.x] */
static void heading_write(struct text *out, const struct config *c, const char *indent, const char *rest)
{
    text_printf(out, "%s[plugins.\"%s\".containerd%s]\n", indent, c->plugin, rest);
}

static void block_write(struct text *out, struct config *c, const struct peer_text *t, bool new_default)
{
    const struct toml_entry *systemd =
        toml_find(&c->toml, table_name(c, ".runtimes.runc.options"), "SystemdCgroup");
    text_append(out, BEGIN "\n");
    if (!c->has_version)
        text_append(out, "version = 2\n");
    if (new_default) {
        heading_write(out, c, "", "");
        text_append(out, "  default_runtime_name = \"" PEER_RUNTIME "\"\n");
    }
    /* A file that names any runtime has no other one: containerd's own, runc, would be gone and with it the
     * plugin, whose default it is. */
    if (!table_find(&c->toml, table_name(c, ".runtimes"))) {
        heading_write(out, c, "", ".runtimes.runc");
        text_append(out, "  runtime_type = \"io.containerd.runc.v2\"\n");
    }
    heading_write(out, c, "", ".runtimes." PEER_RUNTIME);
    text_append(out,
                "  runtime_type = \"io.containerd.runc.v2\"\n"
                "  pod_annotations = [\"org.unroot.*\"]\n  container_annotations = [\"org.unroot.*\"]\n");
    heading_write(out, c, "  ", ".runtimes." PEER_RUNTIME ".options");
    text_append(out, "    BinaryName = \"");
    for (const char *p = t->runtime; *p; p++)
        text_printf(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    text_append(out, "\"\n");
    if (systemd && systemd->count == 1 && streq(systemd->values[0], "true"))
        text_append(out, "    SystemdCgroup = true\n");
    text_append(out, END "\n");
}

/* The text with line `number` (from 1) replaced, or with a line behind it. */
static void copy_with_line(struct text *out, const char *text, unsigned number, bool replace,
                           const char *line)
{
    for (unsigned i = 1; *text; i++) {
        size_t length = strcspn(text, "\n");
        if (i == number && replace)
            text_append(out, WAS);
        text_append_n(out, text, length);
        if (i == number)
            text_printf(out, "\n%s", line);
        text += length;
        if (*text == '\n')
            text_append_char(out, *text++);
    }
}

#define DEFAULT_LINE "default_runtime_name = \"" PEER_RUNTIME "\" " MADE

/* Whether the line is `[table]`, however its parts are quoted. */
static bool line_is_heading(const char *line, const char *table)
{
    line += strspn(line, " \t");
    if (*line++ != '[')
        return false;
    for (; *line != ']'; line++) {
        if (*line == '\0' || *line == '\n')
            return false;
        if (strchr("\"' \t", *line))
            continue;
        if (*table++ != *line)
            return false;
    }
    return *table == '\0';
}

/* A table may stand in a file only once. True: it does, and has the line now. */
static bool set_default(struct config *c, const char *text, struct text *out)
{
    const char *table = table_name(c, "");
    const struct toml_entry *name = toml_find(&c->toml, table, "default_runtime_name");
    if (name) {
        copy_with_line(out, text, name->line, true, DEFAULT_LINE);
        return true;
    }
    unsigned number = 1;
    for (const char *line = text; *line; number++) {
        if (line_is_heading(line, table)) {
            copy_with_line(out, text, number, false, DEFAULT_LINE);
            return true;
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return false;
}

/* What we added earlier taken out again; 1: nothing was. */
static int strip(const char *text, struct text *out)
{
    int found = 1;
    bool inside = false;
    while (*text) {
        size_t length = strcspn(text, "\n"), whole = length + (text[length] == '\n');
        bool begins = strncmp(text, BEGIN, strlen(BEGIN)) == 0, ends = strncmp(text, END, strlen(END)) == 0;
        inside = inside || begins;
        if (!inside && strncmp(text, WAS, strlen(WAS)) == 0)
            text_append_n(out, text + strlen(WAS), whole - strlen(WAS));
        else if (!inside && !(length == strlen(DEFAULT_LINE) && strncmp(text, DEFAULT_LINE, length) == 0))
            text_append_n(out, text, whole);
        else
            found = 0;
        inside = inside && !ends;
        text += whole;
    }
    return inside ? -EINVAL : found;
}

static int strip_or_say(const struct peer_text *t, struct text *out, struct failure *failure)
{
    int r = strip(t->text ? t->text : "", out);
    if (r == -EINVAL)
        return refuse(failure, r,
                      "%s: the line \"" END "\" is missing; the file as it was is %s" PEER_SAVED_SUFFIX,
                      t->name, t->name);
    return r;
}

static int write_added(const struct peer_text *t, const char *text, struct config *c, char **ret_text)
{
    autotext struct text out = {0};
    bool stands = t->make_default && set_default(c, text, &out);
    if (!stands)
        text_append(&out, text);
    if (out.length > 0 && text_peek(&out)[out.length - 1] != '\n')
        text_append_char(&out, '\n');
    block_write(&out, c, t, t->make_default && !stands);
    int r = arena_error(&c->arena);
    *ret_text = r < 0 ? NULL : text_take(&out);
    return *ret_text ? 0 : -ENOMEM;
}

int peer_containerd_add(const struct peer_text *t, char **ret_text, struct failure *failure)
{
    autotext struct text before = {0};
    struct config c = {0};
    int r = strip_or_say(t, &before, failure);
    if (r < 0)
        return r;
    r = config_read(t, text_peek(&before), &c, failure);
    if (r == 0) {
        r = write_added(t, text_peek(&before), &c, ret_text);
        if (r < 0)
            (void)fail(failure, r, "changing %s", t->name);
    }
    arena_free(&c.arena);
    return r;
}

int peer_containerd_remove(const struct peer_text *t, char **ret_text, struct failure *failure)
{
    autotext struct text out = {0};
    int r = strip_or_say(t, &out, failure);
    if (r != 0)
        return r < 0 ? r : -ENOENT;
    size_t length = t->saved ? strlen(t->saved) : 0;
    bool only_end = t->saved && length > 0 && out.length == length + 1 && t->saved[length - 1] != '\n' &&
                    strncmp(t->saved, text_peek(&out), length) == 0; /* the line's end that we added */
    if (!t->saved && out.length == 0) {
        *ret_text = NULL;
        return 0;
    }
    *ret_text = only_end ? strdup(t->saved) : out.length == 0 ? strdup("") : text_take(&out);
    return *ret_text ? 0 : fail(failure, -ENOMEM, "changing %s", t->name);
}
