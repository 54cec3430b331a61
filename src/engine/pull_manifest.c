/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/pull.h"
#include "store/index.h"

#include <errno.h>
#include <string.h>

#define NESTING_MAX 4
#define MEDIA_SCHEMA_1 "application/vnd.docker.distribution.manifest.v1"

/* docker's format of before 2015 has no digests of its parts that could be verified. */
static int refuse_schema_1(const struct pull *p, const struct registry_document *d, struct failure *failure)
{
    uint64_t version = 0;
    autojson struct json_object *o = NULL;
    bool old = string_after(d->media_type, MEDIA_SCHEMA_1) != NULL;
    if (!old && json_parse("manifest", d->data, d->size, NULL, &o) == 0)
        old = json_get_u64(o, "schemaVersion", &version) == 0 && version == 1;
    if (!old)
        return 0;
    return refuse(
        failure, -EOPNOTSUPP,
        "%s is kept in docker's format of before 2015 (manifest schema 1), whose parts cannot be verified: "
        "its owner has to push it again with a newer docker",
        p->name);
}

static int kind_of(const struct pull *p, const struct registry_document *d, enum manifest_kind *ret_kind,
                   struct failure *failure)
{
    autoreport struct report report = {0};
    int r = refuse_schema_1(p, d, failure);
    if (r < 0)
        return r;
    r = manifest_kind_of(d->digest.hex, d->data, d->size, &report, ret_kind);
    return r < 0 ? refuse_report(failure, -EBADMSG, "the manifest", &report) : 0;
}

static void list_platforms(const struct image_index *index, struct text *list)
{
    for (size_t i = 0; i < index->manifest_count; i++) {
        const struct platform *p = &index->manifests[i].platform;
        if (!p->os || !p->architecture || streq(p->os, "unknown"))
            continue;
        text_printf(list, "%s%.40s/%.40s%s%.40s", list->length ? ", " : "", p->os, p->architecture,
                    p->variant ? "/" : "", p->variant ? p->variant : "");
    }
}

/* The entry of an index for our platform. */
static int choose(const struct pull *p, const struct registry_document *d, struct digest *ret_digest,
                  struct failure *failure)
{
    autoreport struct report report = {0};
    autoindex struct image_index index = {0};
    int r = image_index_read(d->digest.hex, d->data, d->size, &report, &index);
    if (r < 0)
        return refuse_report(failure, r, "the image index", &report);
    const struct descriptor *chosen = image_index_choose(&index, &p->platform);
    if (chosen) {
        *ret_digest = chosen->digest;
        return 0;
    }
    autotext struct text list = {0};
    list_platforms(&index, &list);
    return refuse(failure, -ENOENT, "%s has no image for %s/%s%s%s; there are: %.600s", p->name,
                  p->platform.os, p->platform.architecture, p->platform.variant ? "/" : "",
                  p->platform.variant ? p->platform.variant : "", list.length ? text_peek(&list) : "none");
}

/* From what the reference means down to an image's manifest. */
static int find_manifest(struct pull *p, struct failure *failure)
{
    struct fetch_reply answer;
    enum manifest_kind kind;
    const struct registry_document *d = &p->top;
    int r = kind_of(p, d, &kind, failure);
    for (int nesting = 0; r == 0 && kind == MANIFEST_INDEX; nesting++) {
        struct registry_document next = {0};
        struct digest digest;
        char target[DIGEST_TEXT_LENGTH + 1];
        if (nesting == NESTING_MAX)
            return refuse(failure, -EBADMSG, "%s: indexes in indexes, more than %d deep", p->name,
                          NESTING_MAX);
        r = choose(p, d, &digest, failure);
        if (r == 0)
            r = registry_get_manifest_here(&p->session, digest_write(&digest, target), &next, &answer,
                                           failure);
        if (r < 0)
            return r;
        registry_document_free(&p->manifest_text);
        p->manifest_text = next;
        d = &p->manifest_text;
        r = kind_of(p, d, &kind, failure);
    }
    return r;
}

static const struct registry_document *manifest_of(const struct pull *p)
{
    return p->manifest_text.data ? &p->manifest_text : &p->top;
}

static int read_manifest(struct pull *p, struct failure *failure)
{
    autoreport struct report report = {0};
    const struct registry_document *d = manifest_of(p);
    int r = image_manifest_read(d->digest.hex, d->data, d->size, &report, &p->manifest);
    return r < 0 ? refuse_report(failure, r, "the manifest", &report) : 0;
}

/* An image without an index says only here what it is for. */
static int check_platform(const struct pull *p, struct failure *failure)
{
    const struct image_config *c = &p->config;
    bool os = !c->os || !c->os[0] || streq(c->os, p->platform.os);
    bool same =
        os && (!c->architecture || !c->architecture[0] || streq(c->architecture, p->platform.architecture));
    if (same)
        return 0;
    if (p->request->platform)
        return refuse(failure, -ENOENT, "%s has no image for %s/%s; there is: %.40s/%.40s", p->name,
                      p->platform.os, p->platform.architecture, c->os, c->architecture);
    engine_say(p->engine,
               "%s is made for %s/%s, this machine is %s/%s: its programs will not run as they are", p->name,
               c->os, c->architecture, p->platform.os, p->platform.architecture);
    return 0;
}

static int read_config(struct pull *p, struct failure *failure)
{
    autoreport struct report report = {0};
    const struct descriptor *d = &p->manifest.config;
    int r = registry_get_document(&p->session, &d->digest, d->size, &p->config_text, failure);
    if (r < 0)
        return r;
    r = image_config_read(d->digest.hex, p->config_text.data, p->config_text.size, &report, &p->config);
    if (r < 0)
        return refuse_report(failure, r, "the image config", &report);
    if (p->manifest.layer_count != p->config.diff_id_count)
        return refuse(failure, -EBADMSG, "the manifest has %zu layers, the config %zu",
                      p->manifest.layer_count, p->config.diff_id_count);
    return check_platform(p, failure);
}

int pull_read_documents(struct pull *p, struct failure *failure)
{
    struct fetch_reply answer;
    char digest[DIGEST_TEXT_LENGTH + 1];
    const char *target =
        p->reference.digest.hex[0] ? digest_write(&p->reference.digest, digest) : p->reference.tag;
    int r = registry_get_manifest(&p->session, target, &p->top, &answer, failure);
    if (r == 0)
        r = find_manifest(p, failure);
    if (r == 0)
        r = read_manifest(p, failure);
    if (r == 0)
        r = read_config(p, failure);
    return r;
}
