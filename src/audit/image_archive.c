/* SPDX-License-Identifier: Apache-2.0 */
/* A docker-archive, or an OCI layout as a tar file: unroot-listing takes its documents and layers out. */
#include "audit/image_layers.h"

#include "kernel/path.h"
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct archive {
    struct audit *a;
    const char *path, *program;
    int fd;
    struct image_tree documents;
};

struct member_layers {
    struct layer_source source;
    const struct archive *archive;
    const struct strings *names;
    const struct image_config *config; /* its diffIDs: digests of layers that are not compressed */
    bool *verified;
};

/* The digest that a member must have: in its name in an OCI layout, else the layer's diffID. */
static bool digest_of_member(const struct member_layers *m, size_t i, struct digest *ret_digest)
{
    const char *name = m->names->items[i], *hex = string_after(name, "blobs/sha256/");
    if (hex)
        return digest_parse(arena_printf(&m->archive->a->result->arena, "sha256:%s", hex), ret_digest) == 0;
    if (i >= m->config->diff_id_count)
        return false;
    *ret_digest = m->config->diff_ids[i];
    return true;
}

/* Hashes the member once. A compressed member without a digest in its name has no digest that is known. */
static int verify_member(const struct member_layers *m, size_t i, struct failure *failure)
{
    struct digest wanted, found;
    bool compressed = false;
    const char *name = m->names->items[i];
    struct listing_job job = {.program = m->archive->program, .input_fd = m->archive->fd, .member = name};
    if (m->verified[i] || !digest_of_member(m, i, &wanted))
        return 0;
    int r = listing_hash_member(&job, &found, &compressed, failure);
    if (r < 0)
        return r;
    m->verified[i] = true;
    bool named = string_after(name, "blobs/sha256/") != NULL;
    if (digest_equal(&wanted, &found) || (compressed && !named))
        return 0;
    return refuse(failure, -EBADMSG, "%s: the content has another digest", name);
}

static int list_member(const struct layer_source *source, size_t i, const char *const *paths,
                       struct listing *ret_list, struct failure *failure)
{
    const struct member_layers *m = (const struct member_layers *)source;
    struct listing_job job = {.program = m->archive->program,
                              .input_fd = m->archive->fd,
                              .arguments = paths,
                              .member = m->names->items[i]};
    int r = verify_member(m, i, failure);
    return r < 0 ? r : listing_run(&job, &ret_list->data, &ret_list->size, failure);
}

/* The layers of one image, by their names in the archive. */
static int read_layers(struct archive *x, const struct strings *layers, const struct image_config *config,
                       struct image_facts *facts)
{
    struct failure failure = {0};
    struct member_layers members = {
        .source = {list_member, layers->count}, .archive = x, .names = layers, .config = config};
    members.verified = arena_allocate(&x->a->result->arena, layers->count + 1);
    if (!members.verified)
        return -ENOMEM;
    int r = image_list_layers(&x->a->result->arena, &members.source, facts, &failure);
    if (r < 0 && r != -ENOMEM)
        result_complain(x->a->result, x->path, "%s",
                        failure.text[0] ? failure.text : "a layer cannot be read");
    return r == -ENOMEM ? r : 0;
}

static int judge_image(struct archive *x, const char *name, const char *config_path,
                       const struct strings *layers)
{
    autoreport struct report report = {0};
    autoconfig struct image_config config = {0};
    struct image_facts facts = {0};
    const struct tree_entry *e = image_tree_find(&x->documents, config_path);
    if (!e || !e->content) {
        result_complain(x->a->result, x->path, "the configuration %s is not in the archive", config_path);
        return 0;
    }
    int r = image_config_read(x->path, e->content, strlen(e->content), &report, &config);
    if (r < 0) {
        result_take_report(x->a->result, &report);
        return r == -ENOMEM ? r : 0;
    }
    r = facts_of_config(&x->a->result->arena, name, &config, &facts);
    r = r < 0 ? r : read_layers(x, layers, &config, &facts);
    r = r < 0 ? r : image_judge_facts(x->a, x->path, name, &facts);
    if (r < 0) {
        image_facts_free(&facts);
        return r;
    }
    return catalog_add(&x->a->catalog, name, &facts);
}

static int judge_docker(struct archive *x, const char *text)
{
    autoreport struct report report = {0};
    autoarchive struct archive_manifest manifest = {0};
    int r = archive_manifest_read(x->path, text, strlen(text), &report, &manifest);
    if (r < 0) {
        result_take_report(x->a->result, &report);
        return r == -ENOMEM ? r : 0;
    }
    for (size_t i = 0; i < manifest.count && r == 0; i++) {
        const struct archive_image *image = &manifest.images[i];
        const char *name =
            image->tags.count ? arena_string(&x->a->result->arena, image->tags.items[0]) : "image";
        r = judge_image(x, name, image->config, &image->layers);
    }
    return r;
}

/* A document of an OCI layout in the archive, hashed. */
static const char *find_blob(struct archive *x, const struct digest *digest)
{
    struct digest found;
    const struct tree_entry *e =
        image_tree_find(&x->documents, arena_printf(&x->a->result->arena, "blobs/sha256/%s", digest->hex));
    if (!e || !e->content)
        return NULL;
    return blob_digest(e->content, strlen(e->content), &found) == 0 && digest_equal(&found, digest)
               ? e->content
               : NULL;
}

static int judge_oci_manifest(struct archive *x, const char *name, const char *blob, struct report *report)
{
    struct arena *arena = &x->a->result->arena;
    automanifest struct image_manifest manifest = {0};
    autostrings struct strings layers = {0};
    int r = image_manifest_read(x->path, blob, strlen(blob), report, &manifest);
    for (size_t k = 0; r == 0 && k < manifest.layer_count; k++)
        r = strings_addf(&layers, "blobs/sha256/%s", manifest.layers[k].digest.hex);
    if (r < 0)
        return r;
    if (!find_blob(x, &manifest.config.digest)) {
        result_complain(x->a->result, x->path, "the configuration is missing or has another digest");
        return 0;
    }
    return judge_image(x, name, arena_printf(arena, "blobs/sha256/%s", manifest.config.digest.hex), &layers);
}

static int judge_oci(struct archive *x, const char *text, const char *outer_name, unsigned depth);

static int judge_oci_descriptor(struct archive *x, const struct descriptor *d, const char *outer_name,
                                unsigned depth)
{
    autoreport struct report report = {0};
    struct arena *arena = &x->a->result->arena;
    const char *blob = find_blob(x, &d->digest),
               *name = strings_get_variable(&d->annotations, ANNOTATION_IMAGE_NAME);
    enum manifest_kind kind;
    if (!name)
        name = strings_get_variable(&d->annotations, ANNOTATION_REF_NAME);
    name = outer_name ? outer_name : name ? arena_string(arena, name) : "image";
    if (outer_name && d->platform.architecture && !streq(d->platform.architecture, "amd64"))
        name = arena_printf(arena, "%s (%s)", outer_name, d->platform.architecture);
    if (!blob) {
        result_complain(x->a->result, x->path, "the manifest %s is missing or has another digest",
                        d->digest.hex);
        return 0;
    }
    int r = manifest_kind_of(x->path, blob, strlen(blob), &report, &kind);
    if (r == 0)
        r = kind == MANIFEST_IMAGE ? judge_oci_manifest(x, name, blob, &report)
                                   : judge_oci(x, blob, name, depth + 1);
    result_take_report(x->a->result, &report);
    return r == -ENOMEM ? r : 0;
}

#define INDEX_DEPTH_MAX 4

/* An index, and those inside it. What is there for other systems, or no image at all, is left out. */
static int judge_oci(struct archive *x, const char *text, const char *outer_name, unsigned depth)
{
    autoreport struct report report = {0};
    autoindex struct image_index index = {0};
    if (depth >= INDEX_DEPTH_MAX) {
        result_complain(x->a->result, x->path, "indexes nested deeper than %d", INDEX_DEPTH_MAX);
        return 0;
    }
    int r = image_index_read(x->path, text, strlen(text), &report, &index);
    result_take_report(x->a->result, &report);
    for (size_t i = 0; r == 0 && i < index.manifest_count; i++) {
        const struct descriptor *d = &index.manifests[i];
        if (!d->platform.os || (streq(d->platform.os, "linux") && !d->artifact_type))
            r = judge_oci_descriptor(x, d, outer_name, depth);
    }
    return r == -EINVAL ? 0 : r;
}

static bool is_image(const struct archive *x)
{
    const struct tree_entry *docker = image_tree_find(&x->documents, "manifest.json");
    const struct tree_entry *oci = image_tree_find(&x->documents, "index.json");
    return (docker && docker->content && strstr(docker->content, "\"Layers\"")) ||
           (oci && oci->content && image_tree_find(&x->documents, "oci-layout"));
}

static int judge_documents(struct archive *x)
{
    const struct tree_entry *docker = image_tree_find(&x->documents, "manifest.json");
    const struct tree_entry *oci = image_tree_find(&x->documents, "index.json");
    if (docker && docker->content)
        return judge_docker(x, docker->content);
    if (oci && oci->content)
        return judge_oci(x, oci->content, NULL, 0);
    result_complain(x->a->result, x->path,
                    "this archive has neither manifest.json nor index.json: it is no image");
    return 0;
}

bool input_is_archive(int fd)
{
    unsigned char head[512] = {0};
    ssize_t n = pread(fd, head, sizeof(head), 0);
    return n >= 4 && ((head[0] == 0x1F && head[1] == 0x8B) || memcmp(head, "\x28\xB5\x2F\xFD", 4) == 0 ||
                      (n == (ssize_t)sizeof(head) && memcmp(head + 257, "ustar", 5) == 0));
}

/* `sure`: somebody says that it is an image. */
static int judge_archive(struct audit *a, const char *path, bool sure)
{
    static const char *const wanted[] = {"manifest.json",  "index.json", "oci-layout",
                                         "blobs/sha256/*", "*",          NULL};
    struct arena *arena = &a->result->arena;
    struct failure failure = {0};
    struct stat st;
    autofree char *list = NULL;
    size_t size;
    struct archive x = {.a = a, .path = arena_string(arena, path), .documents = {.arena = arena}};
    if (!a->request->program_dir) {
        if (!sure)
            return 0;
        result_complain(a->result, path, "archives are not read: the helper unroot-listing is not at hand");
        return 0;
    }
    autoclose int fd = path_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        result_complain(a->result, path, "%s", fd < 0 ? strerror(-fd) : "not a regular file");
        return 0;
    }
    if (!sure && !input_is_archive(fd))
        return 0;
    x.fd = fd;
    x.program = arena_printf(arena, "%s/unroot-listing", a->request->program_dir);
    struct listing_job job = {.program = x.program, .input_fd = fd, .arguments = wanted};
    int r = listing_run(&job, &list, &size, &failure);
    r = r < 0 ? r : image_tree_add(&x.documents, list, size);
    if (!sure && r != -ENOMEM && (r < 0 || !is_image(&x)))
        return 0;
    a->result->files++;
    if (r < 0) {
        result_complain(a->result, path, "%s",
                        failure.text[0] ? failure.text : "this is no archive of an image");
        return r == -ENOMEM ? r : 0;
    }
    return judge_documents(&x);
}

int input_judge_archive(struct audit *a, const char *path)
{
    return judge_archive(a, path, true);
}

int input_try_archive(struct audit *a, const char *path)
{
    return judge_archive(a, path, false);
}
