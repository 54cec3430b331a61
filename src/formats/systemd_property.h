/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Properties of a transient unit (org.freedesktop.systemd1(5)) as texts: "NAME=TYPE:VALUE". TYPE is a D-Bus
 * type: b (0 or 1), i, t (decimal), s, as (the items divided by line breaks), ay (hex). In this form they
 * are arguments of the program unroot-systemd. */
#include "base/failure.h"
#include "base/strings.h"
#include "formats/oci_resources.h"

#include <stdint.h>

#define SYSTEMD_ANNOTATION "org.systemd.property."
#define SYSTEMD_NO_LIMIT UINT64_MAX

/* Each: 0 or -ENOMEM. A property that is there already is replaced. */
int systemd_property_set_number(struct strings *properties, const char *name, uint64_t value) must_check;
int systemd_property_set(struct strings *properties, const char *name, const char *type,
                         const char *value) must_check;

/* NAME=VALUE of an annotation behind SYSTEMD_ANNOTATION: the value as GVariant text (a number, with its type
 * before it or not; true, false; 'text'; ['text', ..]), NAME ending in Sec in seconds, as runc has it. Only
 * properties that concern the container alone: -EINVAL, -EPERM with a sentence. */
int systemd_property_from_annotation(struct strings *properties, const char *name, const char *value,
                                     struct failure *failure) must_check;

/* What systemd can set of the resources, so that it does not undo it later; the files are written too.
 * -EINVAL with a sentence. */
int systemd_property_from_resources(struct strings *properties, const struct oci_resources *resources,
                                    struct failure *failure) must_check;
