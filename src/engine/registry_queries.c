/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_transfer.h"
#include "kernel/file.h"
#include "registry/session.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

struct query {
    struct reference reference;
    char *name; /* as docker shows it */
    struct registry_session session;
};

#define autoquery __attribute__((cleanup(query_release)))

static void query_release(struct query *q)
{
    registry_session_close(&q->session);
    reference_free(&q->reference);
    free(q->name);
}

static int query_open(struct query *q, const struct engine *e, const struct manifest_inspect_request *request,
                      struct failure *failure)
{
    int r = reference_parse_tagged(request->reference, &q->reference, failure);
    if (r < 0)
        return r;
    q->name = reference_write_familiar(&q->reference);
    if (!q->name)
        return fail(failure, -ENOMEM, "asking for %s", request->reference);
    const struct registry_options options = {
        .program_dir = e->program_dir, .what = q->name, .environment = request->environment};
    return registry_session_open(&q->session, &options, &q->reference, NULL, failure);
}

int registry_manifest(struct engine *e, const struct manifest_inspect_request *request, char **ret_text,
                      struct digest *ret_digest, struct failure *failure)
{
    autoquery struct query q = {0};
    struct registry_document d = {0};
    struct fetch_reply answer;
    char digest[DIGEST_TEXT_LENGTH + 1];
    int r = query_open(&q, e, request, failure);
    if (r < 0)
        return r;
    const char *target =
        q.reference.digest.hex[0] ? digest_write(&q.reference.digest, digest) : q.reference.tag;
    r = registry_get_manifest(&q.session, target, &d, &answer, failure);
    if (r < 0)
        return r;
    *ret_text = d.data;
    *ret_digest = d.digest;
    return 0;
}

/* One a line; a tag that is none is a lie. */
static int read_tags(char *text, const char *name, struct strings *tags, struct failure *failure)
{
    for (char *rest = text, *tag = strsep(&rest, "\n"); tag; tag = strsep(&rest, "\n")) {
        if (!tag[0])
            continue;
        if (!reference_tag_is_valid(tag))
            return refuse(failure, -EBADMSG, "%s: the registry names a tag that is none: %.140s", name, tag);
        if (strings_add(tags, tag) < 0)
            return fail(failure, -ENOMEM, "listing the tags of %s", name);
    }
    strings_sort(tags);
    return 0;
}

int registry_tags(struct engine *e, const struct manifest_inspect_request *request, struct strings *ret_tags,
                  struct failure *failure)
{
    autoquery struct query q = {0};
    autofree char *text = NULL;
    struct fetch_reply answer;
    autoclose int fd = memfd_create("tags", MFD_CLOEXEC);
    int r = fd < 0 ? fail(failure, -errno, "listing tags") : query_open(&q, e, request, failure);
    if (r == 0)
        r = registry_session_use(&q.session, q.session.endpoints.count - 1,
                                 failure); /* mirrors have some of them */
    if (r < 0)
        return r;
    struct fetch_request ask = {.verb = FETCH_LIST_TAGS, .session = q.session.id};
    r = registry_client_ask(&q.session.client, &ask, fd, &answer, failure);
    if (r == 0 && answer.error != FETCH_OK)
        r = registry_refuse(&q.session, &answer, failure);
    if (r < 0)
        return r;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "listing the tags of %s", q.name);
    r = fd_read_whole(fd, FETCH_TAGS_MAX, &text, NULL);
    return r < 0 ? fail(failure, r, "listing the tags of %s", q.name)
                 : read_tags(text, q.name, ret_tags, failure);
}

static const char *domain_of(const struct registry_login_request *request)
{
    return request->registry ? request->registry : "docker.io";
}

int registry_login(struct engine *e, const struct registry_login_request *request,
                   struct credentials_place *ret_place, struct failure *failure)
{
    autosession struct registry_session session = {0};
    struct fetch_reply answer;
    const struct registry_options options = {.program_dir = e->program_dir,
                                             .what = "login",
                                             .environment = request->environment,
                                             .credentials = request->credentials};
    int r = registry_session_open(&session, &options, NULL, domain_of(request), failure);
    if (r == 0)
        r = registry_session_use(&session, 0, failure);
    if (r == 0)
        r = registry_session_ping(&session, &answer, failure);
    if (r < 0)
        return r;
    if (answer.error != FETCH_OK)
        return registry_refuse(&session, &answer, failure);
    return request->credentials ? credentials_store(request->environment, domain_of(request),
                                                    request->credentials, ret_place, failure)
                                : 0;
}

int registry_logout(const struct registry_login_request *request, struct failure *failure)
{
    return credentials_remove(request->environment, domain_of(request), failure);
}
