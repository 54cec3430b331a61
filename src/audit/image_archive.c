/* SPDX-License-Identifier: Apache-2.0 */
/* A docker-archive, or an OCI layout as a tar file: unroot-listing takes its documents and layers out. */
#include "audit/image_layers.h"

#include "kernel/path.h"
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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
};

static int list_member(const struct layer_source *source, size_t i, const char *const *paths,
                       struct listing *ret_list, struct failure *failure)
{
    const struct member_layers *m = (const struct member_layers *)source;
    struct listing_job job = {.program = m->archive->program,
                              .input_fd = m->archive->fd,
                              .arguments = paths,
                              .member = m->names->items[i]};
    return listing_run(&job, &ret_list->data, &ret_list->size, failure);
}

/* The layers of one image, by their names in the archive. */
static int read_layers(struct archive *x, const struct strings *layers, struct image_facts *facts)
{
    struct failure failure = {0};
    struct member_layers members = {.source = {list_member, layers->count}, .archive = x, .names = layers};
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
    r = r < 0 ? r : read_layers(x, layers, &facts);
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

static int judge_oci(struct archive *x, const char *text)
{
    autoreport struct report report = {0};
    autoindex struct image_index index = {0};
    int r = image_index_read(x->path, text, strlen(text), &report, &index);
    for (size_t i = 0; r == 0 && i < index.manifest_count; i++) {
        const struct descriptor *d = &index.manifests[i];
        automanifest struct image_manifest manifest = {0};
        autostrings struct strings layers = {0};
        const char *blob = find_blob(x, &d->digest);
        const char *name = strings_get_variable(&d->annotations, ANNOTATION_REF_NAME);
        if (!blob) {
            result_complain(x->a->result, x->path, "the manifest %s is missing or has another digest",
                            d->digest.hex);
            continue;
        }
        r = image_manifest_read(x->path, blob, strlen(blob), &report, &manifest);
        for (size_t k = 0; r == 0 && k < manifest.layer_count; k++)
            r = strings_addf(&layers, "blobs/sha256/%s", manifest.layers[k].digest.hex);
        if (r == 0 && !find_blob(x, &manifest.config.digest))
            result_complain(x->a->result, x->path, "the configuration is missing or has another digest");
        else if (r == 0)
            r = judge_image(x, name ? arena_string(&x->a->result->arena, name) : "image",
                            arena_printf(&x->a->result->arena, "blobs/sha256/%s", manifest.config.digest.hex),
                            &layers);
    }
    result_take_report(x->a->result, &report);
    return r == -EINVAL ? 0 : r;
}

static int judge_documents(struct archive *x)
{
    const struct tree_entry *docker = image_tree_find(&x->documents, "manifest.json");
    const struct tree_entry *oci = image_tree_find(&x->documents, "index.json");
    if (docker && docker->content)
        return judge_docker(x, docker->content);
    if (oci && oci->content)
        return judge_oci(x, oci->content);
    result_complain(x->a->result, x->path,
                    "this archive has neither manifest.json nor index.json: it is no image");
    return 0;
}

int input_judge_archive(struct audit *a, const char *path)
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
        result_complain(a->result, path, "archives are not read: the helper unroot-listing is not at hand");
        return 0;
    }
    autoclose int fd = path_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        result_complain(a->result, path, "%s", fd < 0 ? strerror(-fd) : "not a regular file");
        return 0;
    }
    a->result->files++;
    x.fd = fd;
    x.program = arena_printf(arena, "%s/unroot-listing", a->request->program_dir);
    struct listing_job job = {.program = x.program, .input_fd = fd, .arguments = wanted};
    int r = listing_run(&job, &list, &size, &failure);
    r = r < 0 ? r : image_tree_add(&x.documents, list, size);
    if (r < 0) {
        result_complain(a->result, path, "%s",
                        failure.text[0] ? failure.text : "this is no archive of an image");
        return r == -ENOMEM ? r : 0;
    }
    return judge_documents(&x);
}
