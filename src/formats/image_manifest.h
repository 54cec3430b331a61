/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Manifests: OCI image manifest and index, docker schema2 manifest and manifest list, the manifest.json of
 * `docker save`. */
#include "base/failure.h"
#include "base/report.h"
#include "base/strings.h"
#include "formats/digest.h"
#include "formats/image_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define MEDIA_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define MEDIA_OCI_LAYER "application/vnd.oci.image.layer.v1.tar"
#define MEDIA_OCI_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define MEDIA_OCI_LAYER_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"
#define MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"
#define MEDIA_DOCKER_LAYER_GZIP "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define ANNOTATION_REF_NAME "org.opencontainers.image.ref.name"
#define ANNOTATION_IMAGE_NAME "io.containerd.image.name"
#define MANIFEST_SIZE_MAX (4u << 20)
#define MANIFEST_DESCRIPTORS_MAX 4096

/* xz and bzip2 are known of archives alone, a layer has neither. */
enum layer_compression { LAYER_TAR, LAYER_GZIP, LAYER_ZSTD, LAYER_XZ, LAYER_BZIP2 };

struct platform {
    char *os, *architecture, *variant, *os_version; /* NULL: not said */
};

struct descriptor {
    char *media_type; /* "" when not said */
    struct digest digest;
    uint64_t size;
    struct platform platform;
    struct strings annotations; /* NAME=VALUE, sorted */
    char *artifact_type;        /* NULL: none */
};

struct image_manifest {
    char *media_type; /* MEDIA_OCI_MANIFEST or MEDIA_DOCKER_MANIFEST */
    struct descriptor config;
    struct descriptor *layers;
    size_t layer_count;
    struct strings annotations;
};

struct image_index {
    char *media_type; /* MEDIA_OCI_INDEX or MEDIA_DOCKER_LIST */
    struct descriptor *manifests;
    size_t manifest_count;
    struct strings annotations;
};

struct archive_image {
    char *config;          /* path in the archive: relative, no ".." */
    struct strings tags;   /* RepoTags */
    struct strings layers; /* paths in the archive, lowest first: relative, no ".." */
};

struct archive_manifest {
    struct archive_image *images;
    size_t count;
};

#define automanifest __attribute__((cleanup(image_manifest_free)))
#define autoindex __attribute__((cleanup(image_index_free)))
#define autoarchive __attribute__((cleanup(archive_manifest_free)))

/* What a document is by mediaType or, without one, by its members; an ambiguous one (both layers and
 * manifests) is refused. */
enum manifest_kind { MANIFEST_IMAGE, MANIFEST_INDEX };
int manifest_kind_of(const char *name, const char *data, size_t size, struct report *report,
                     enum manifest_kind *ret_kind) must_check;

/* Readers: -EINVAL with findings, -EFBIG, -ENOMEM. A layer of unknown media type, or a foreign one (urls), is
 * a finding. */
int image_manifest_read(const char *name, const char *data, size_t size, struct report *report,
                        struct image_manifest *ret_manifest) must_check;
int image_index_read(const char *name, const char *data, size_t size, struct report *report,
                     struct image_index *ret_index) must_check;
int archive_manifest_read(const char *name, const char *data, size_t size, struct report *report,
                          struct archive_manifest *ret_archive) must_check;
/* Writers: deterministic; the caller frees; NULL: no memory. */
char *image_manifest_write(const struct image_manifest *m) must_check;
char *image_index_write(const struct image_index *i) must_check;
char *archive_manifest_write(const struct archive_manifest *a) must_check;
void image_manifest_free(struct image_manifest *m);
void image_index_free(struct image_index *i);
void archive_manifest_free(struct archive_manifest *a);
void descriptor_free(struct descriptor *d);
int descriptor_copy(const struct descriptor *from, struct descriptor *ret_descriptor) must_check;
/* Appends copies. */
int image_manifest_add_layer(struct image_manifest *m, const struct descriptor *layer) must_check;
int image_index_add(struct image_index *i, const struct descriptor *manifest) must_check;

/* -EOPNOTSUPP: no layer that we can unpack. */
int layer_compression_of(const char *media_type, enum layer_compression *ret_compression) must_check;

/* "linux/amd64", "linux/arm64/v8"; architecture aliases (x86_64, aarch64) normalised. -EINVAL. */
int platform_parse(const char *text, struct platform *ret_platform, struct failure *f) must_check;
void platform_free(struct platform *p);
/* The index entry that fits `wanted` best (containerd platforms: exact variant, then a lower arm variant),
 * attestations (unknown/unknown) never; NULL when none fits. Lent. An entry without a platform fits when it
 * is the only one. */
const struct descriptor *image_index_choose(const struct image_index *i, const struct platform *wanted);
