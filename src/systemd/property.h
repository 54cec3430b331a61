/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/ownership.h"

#include <systemd/sd-bus.h>

/* Appends NAME=TYPE:VALUE (formats/systemd_property.h) to an open array a(sv). -EINVAL: not of that form. */
int property_append(sd_bus_message *message, const char *property) must_check;
