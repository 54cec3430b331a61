/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/session.h"

#include "base/strings.h"
#include "formats/image_manifest.h"
#include "kernel/file.h"
#include "store/blob.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void registry_document_free(struct registry_document *d)
{
    free(d->data);
    *d = (struct registry_document){0};
}

/* What was written to the file: as many bytes as there are, not as were said. */
static int read_document(int fd, size_t max, struct registry_document *d, struct failure *failure)
{
    if (lseek(fd, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "reading what came");
    int r = fd_read_whole(fd, max, &d->data, &d->size);
    if (r == 0)
        r = blob_digest(d->data, d->size, &d->digest);
    return r < 0 ? fail(failure, r, "reading what came") : 0;
}

static int fill_manifest_request(struct fetch_request *request, const char *target)
{
    static const char *const accepted[] = {MEDIA_OCI_MANIFEST, MEDIA_OCI_INDEX, MEDIA_DOCKER_MANIFEST,
                                           MEDIA_DOCKER_LIST,
                                           "application/vnd.docker.distribution.manifest.v1+prettyjws"};
    request->target = strdup(target);
    int r = request->target ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(accepted); i++)
        r = strings_add(&request->accept, accepted[i]);
    return r;
}

static int check_manifest(const struct registry_document *d, const char *target,
                          const struct fetch_reply *answer, struct failure *failure)
{
    struct digest wanted = {0};
    if (digest_parse(target, &wanted) == 0 && !digest_equal(&wanted, &d->digest))
        return refuse(failure, -EBADMSG, "the manifest that came is sha256:%s, not %s", d->digest.hex,
                      target);
    if (answer->digest.hex[0] && !digest_equal(&answer->digest, &d->digest))
        return refuse(failure, -EBADMSG,
                      "the manifest that came is sha256:%s, the registry calls it sha256:%s", d->digest.hex,
                      answer->digest.hex);
    return 0;
}

int registry_get_manifest_here(struct registry_session *s, const char *target,
                               struct registry_document *ret_document, struct fetch_reply *ret_answer,
                               struct failure *failure)
{
    autofetchrequest struct fetch_request request = {.verb = FETCH_GET_MANIFEST, .session = s->id};
    struct registry_document d = {0};
    autoclose int fd = memfd_create("manifest", MFD_CLOEXEC);
    int r = fd < 0 ? -errno : fill_manifest_request(&request, target);
    if (r < 0)
        return fail(failure, r, "asking for a manifest");
    r = registry_client_ask(&s->client, &request, fd, ret_answer, failure);
    if (r < 0)
        return r;
    if (ret_answer->error != FETCH_OK)
        return registry_refuse(s, ret_answer, failure);
    r = read_document(fd, FETCH_MANIFEST_MAX, &d, failure);
    if (r == 0)
        r = check_manifest(&d, target, ret_answer, failure);
    if (r < 0) {
        registry_document_free(&d);
        return r;
    }
    memcpy(d.media_type, ret_answer->media_type, sizeof(d.media_type));
    *ret_document = d;
    return 0;
}

int registry_get_manifest(struct registry_session *s, const char *target,
                          struct registry_document *ret_document, struct fetch_reply *ret_answer,
                          struct failure *failure)
{
    int r = -ENOENT;
    for (size_t i = 0; i < s->endpoints.count; i++) {
        *failure = (struct failure){0}; /* a mirror that does not have it is no failure */
        *ret_answer = (struct fetch_reply){0};
        r = registry_session_use(s, i, failure);
        if (r == 0)
            r = registry_get_manifest_here(s, target, ret_document, ret_answer, failure);
        if (r == 0 || r == -ENOMEM)
            return r;
    }
    return r;
}

int registry_get_document(struct registry_session *s, const struct digest *digest, uint64_t size,
                          struct registry_document *ret_document, struct failure *failure)
{
    struct fetch_request request = {
        .verb = FETCH_GET_BLOB, .session = s->id, .digest = *digest, .size = size};
    struct fetch_reply answer;
    struct registry_document d = {0};
    if (size > BLOB_DOCUMENT_MAX)
        return refuse(failure, -EFBIG, "sha256:%s is said to be of %llu bytes, more than a document may have",
                      digest->hex, (unsigned long long)size);
    autoclose int fd = memfd_create("document", MFD_CLOEXEC);
    if (fd < 0)
        return fail(failure, -errno, "asking for sha256:%s", digest->hex);
    int r = registry_client_ask(&s->client, &request, fd, &answer, failure);
    if (r < 0)
        return r;
    if (answer.error != FETCH_OK) {
        r = registry_refuse(s, &answer, failure);
        (void)fail_within(failure, "sha256:%.12s", digest->hex); /* r is returned */
        return r;
    }
    r = read_document(fd, BLOB_DOCUMENT_MAX, &d, failure);
    if (r == 0 && (d.size != size || !digest_equal(&d.digest, digest)))
        r = refuse(failure, -EBADMSG, "%zu bytes of sha256:%s came instead of %llu bytes of sha256:%s",
                   d.size, d.digest.hex, (unsigned long long)size, digest->hex);
    if (r < 0) {
        registry_document_free(&d);
        return r;
    }
    *ret_document = d;
    return 0;
}
