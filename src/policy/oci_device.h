/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a container's devices mean for the host's root. */
#include "formats/oci_config.h"

/* A rule that lets everything pass: what --privileged writes. */
bool oci_device_rule_is_all(const struct oci_device_rule *rule);
/* A rule that lets a device be read or written which is neither one that every container has nor listed in
 * linux.devices: its node would have to be made inside, and nobody in a user namespace can. */
bool oci_device_rule_is_foreign(const struct oci_config *c, const struct oci_device_rule *rule);
/* A disk, or the host's memory: whoever can write to it is the host's root. */
bool oci_device_reaches_host(const struct oci_device *device);
/* The devices that every container has, runtime-spec config-linux.md "Default Devices"; NULL behind the last.
 */
const struct oci_device *oci_default_device(size_t i);
