/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Descriptors inside a document: how manifests and indexes read and write them. */
#include "formats/image_manifest.h"
#include "formats/json_section.h"

/* A descriptor from the section's object; digest and size must be there. */
void descriptor_read(const struct json_section *section, struct descriptor *ret_descriptor);
/* A new object; NULL: no memory, or a string that is no UTF-8. */
struct json_object *descriptor_write(const struct descriptor *descriptor) must_check;
/* Appends the descriptor at `array`; 0 or -ENOMEM. */
int descriptor_put(struct json_object *array, const struct descriptor *descriptor) must_check;
/* Parses the outermost object within the limit on its size. -EFBIG, -EINVAL with a finding, -ENOMEM. */
int manifest_parse(const struct json_section *outer, const char *data, size_t size,
                   struct json_object **ret_document) must_check;
/* schemaVersion 2, and mediaType one of two or absent; *ret_media_type is never NULL after it unless an error
 * was set. */
void manifest_read_type(const struct json_section *outer, const char *oci, const char *docker,
                        char **ret_media_type);
/* Each element of an array member, which must be there, as a descriptor; appended to a growing list. */
void descriptors_read(const struct json_section *outer, const char *key, size_t max, struct descriptor **list,
                      size_t *count);
int descriptors_add(struct descriptor **list, size_t *count, const struct descriptor *descriptor) must_check;
void descriptors_free(struct descriptor *list, size_t count);
