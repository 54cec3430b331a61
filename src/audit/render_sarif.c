/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF 2.1.0 (OASIS): every rule once, every result with a relative uri, a region and a fingerprint that
 * does not change with line numbers. */
#include "audit/render.h"

#include "base/strings.h"
#include "formats/digest.h"
#include "formats/json.h"
#include "store/blob.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct json_object *add_object(struct json_object *array)
{
    struct json_object *o = json_object_new_object();
    if (o && json_object_array_add(array, o) < 0) {
        json_object_put(o);
        return NULL;
    }
    return o;
}

static struct json_object *put_object(struct json_object *o, const char *key)
{
    struct json_object *inner = json_object_new_object();
    return inner && json_put(o, key, inner) == 0 ? inner : NULL;
}

static struct json_object *put_array(struct json_object *o, const char *key)
{
    struct json_object *inner = json_object_new_array();
    return inner && json_put(o, key, inner) == 0 ? inner : NULL;
}

static int put_text(struct json_object *o, const char *key, const char *text)
{
    struct json_object *inner = o ? put_object(o, key) : NULL;
    return inner ? json_put_string(inner, "text", text) : -ENOMEM;
}

/* Relative to the working folder, percent-encoded (RFC 3986). */
static char *relative_uri(const char *file)
{
    char cwd[4096];
    autotext struct text uri = {0};
    if (file[0] == '/' && getcwd(cwd, sizeof(cwd))) {
        size_t n = strlen(cwd);
        if (strncmp(file, cwd, n) == 0 && file[n] == '/')
            file += n;
    }
    while (*file == '/' || string_after(file, "./"))
        file += *file == '/' ? 1 : 2;
    for (; *file != '\0'; file++) {
        if (isalnum((unsigned char)*file) || strchr("-._~/", *file))
            text_append_char(&uri, *file);
        else
            text_printf(&uri, "%%%02X", (unsigned char)*file);
    }
    if (uri.length == 0)
        text_append(&uri, "-");
    return text_take(&uri);
}

static int put_rules(struct json_object *driver)
{
    struct json_object *rules = put_array(driver, "rules");
    for (int i = 0; rules && i < RULE_COUNT; i++) {
        const struct rule *rule = rule_get((enum rule_id)i);
        struct json_object *o = add_object(rules),
                           *configuration = o ? put_object(o, "defaultConfiguration") : NULL;
        if (!configuration || json_put_string(o, "id", rule->name) < 0 ||
            put_text(o, "shortDescription", rule->title) < 0 ||
            put_text(o, "fullDescription", rule->explain) < 0 || put_text(o, "help", rule->fix) < 0 ||
            json_put_string(configuration, "level", rule_level_name(rule->level)) < 0)
            return -ENOMEM;
    }
    return rules ? 0 : -ENOMEM;
}

static int put_location(struct json_object *result, const char *uri, const struct place *place)
{
    struct json_object *list = put_array(result, "locations"), *one = list ? add_object(list) : NULL;
    struct json_object *physical = one ? put_object(one, "physicalLocation") : NULL;
    struct json_object *artifact = physical ? put_object(physical, "artifactLocation") : NULL;
    struct json_object *region = physical ? put_object(physical, "region") : NULL;
    if (!artifact || !region || json_put_string(artifact, "uri", uri) < 0 ||
        json_put_string(artifact, "uriBaseId", "%SRCROOT%") < 0 ||
        json_put_u64(region, "startLine", place->line ? place->line : 1) < 0)
        return -ENOMEM;
    return place->column ? json_put_u64(region, "startColumn", place->column) : 0;
}

static int put_fingerprint(struct json_object *result, const struct subject *s, const struct audit_finding *f,
                           const char *uri)
{
    autotext struct text text = {0};
    struct digest digest;
    struct json_object *o = put_object(result, "partialFingerprints");
    text_printf(&text, "%s\n%s\n%s\n%s", rule_get(f->rule)->name, uri, s->name, f->object);
    if (!o || text_error(&text) < 0 || blob_digest(text_peek(&text), text.length, &digest) < 0)
        return -ENOMEM;
    return json_put_string(o, "unrootFinding/v1", digest.hex);
}

static int put_fix(struct json_object *result, const struct audit_finding *f)
{
    const struct edit *e = f->edit;
    autofree char *uri = relative_uri(e->file);
    autotext struct text inserted = {0};
    struct json_object *fixes = put_array(result, "fixes"), *fix = fixes ? add_object(fixes) : NULL;
    struct json_object *changes = fix ? put_array(fix, "artifactChanges") : NULL;
    struct json_object *change = changes ? add_object(changes) : NULL;
    struct json_object *artifact = change ? put_object(change, "artifactLocation") : NULL;
    struct json_object *replacements = change ? put_array(change, "replacements") : NULL;
    struct json_object *replacement = replacements ? add_object(replacements) : NULL;
    struct json_object *region = replacement ? put_object(replacement, "deletedRegion") : NULL;
    bool line = e->last < e->first; /* a whole line is put in */
    text_printf(&inserted, "%s%s", e->text, line ? "\n" : "");
    if (!region || !artifact || !uri || put_text(fix, "description", f->fix) < 0 ||
        json_put_string(artifact, "uri", uri) < 0 || json_put_u64(region, "startLine", e->first) < 0 ||
        json_put_u64(region, "startColumn", line ? 1 : e->column) < 0 ||
        json_put_u64(region, "endLine", e->first) < 0 ||
        json_put_u64(region, "endColumn", line ? 1 : e->end_column) < 0)
        return -ENOMEM;
    return put_text(replacement, "insertedContent", text_peek(&inserted));
}

static int put_suppression(struct json_object *result, const char *reason)
{
    struct json_object *list = put_array(result, "suppressions"), *one = list ? add_object(list) : NULL;
    if (!one || json_put_string(one, "kind", "inSource") < 0)
        return -ENOMEM;
    return json_put_string(one, "justification", reason);
}

static int put_result(struct json_object *results, const struct subject *s, const struct audit_finding *f)
{
    struct json_object *o = add_object(results);
    autotext struct text message = {0};
    autofree char *uri = relative_uri(f->place.file ? f->place.file : s->id);
    text_printf(&message, "%s: %s. Fix: %s", s->name, f->message, f->fix);
    if (!o || !uri || text_error(&message) < 0 || json_put_string(o, "ruleId", rule_get(f->rule)->name) < 0 ||
        json_put_u64(o, "ruleIndex", f->rule) < 0 ||
        json_put_string(o, "level", rule_level_name(f->level)) < 0 ||
        put_text(o, "message", text_peek(&message)) < 0 || put_location(o, uri, &f->place) < 0 ||
        put_fingerprint(o, s, f, uri) < 0)
        return -ENOMEM;
    if (f->edit && put_fix(o, f) < 0)
        return -ENOMEM;
    return f->suppressed_reason ? put_suppression(o, f->suppressed_reason) : 0;
}

static int put_invocation(struct json_object *run, const struct audit_result *r)
{
    struct json_object *list = put_array(run, "invocations"), *one = list ? add_object(list) : NULL;
    struct json_object *notes = one ? put_array(one, "toolExecutionNotifications") : NULL;
    if (!notes || json_put_bool(one, "executionSuccessful", r->complaint_count == 0) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < r->complaint_count; i++) {
        struct json_object *o = add_object(notes);
        autotext struct text text = {0};
        text_printf(&text, "%s: %s", r->complaints[i].place, r->complaints[i].text);
        if (!o || json_put_string(o, "level", "error") < 0 || put_text(o, "message", text_peek(&text)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int put_run(struct json_object *run, const struct audit_result *r)
{
    struct json_object *tool = put_object(run, "tool"), *driver = tool ? put_object(tool, "driver") : NULL;
    struct json_object *results = put_array(run, "results");
    if (!driver || !results || json_put_string(driver, "name", "unroot audit") < 0 ||
        json_put_string(driver, "version", UNROOT_VERSION) < 0 || put_rules(driver) < 0 ||
        json_put_string(run, "columnKind", "utf16CodeUnits") < 0 || put_invocation(run, r) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < r->subject_count; i++)
        for (size_t k = 0; k < r->subjects[i]->finding_count; k++) {
            int e = put_result(results, r->subjects[i], &r->subjects[i]->findings[k]);
            if (e < 0)
                return e;
        }
    return 0;
}

int render_sarif(const struct audit_result *r, struct text *out)
{
    autojson struct json_object *document = json_object_new_object();
    struct json_object *runs = NULL, *run = NULL;
    if (!document ||
        json_put_string(document, "$schema", "https://json.schemastore.org/sarif-2.1.0.json") < 0 ||
        json_put_string(document, "version", "2.1.0") < 0)
        return -ENOMEM;
    runs = put_array(document, "runs");
    run = runs ? add_object(runs) : NULL;
    if (!run || put_run(run, r) < 0)
        return -ENOMEM;
    autofree char *text = json_write(document, true);
    if (!text)
        return -ENOMEM;
    text_append(out, text);
    text_append_char(out, '\n');
    return text_error(out);
}
