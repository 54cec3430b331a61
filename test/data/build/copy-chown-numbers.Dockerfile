FROM build-base
COPY --chown=950:951 tree /tree
COPY --chown=950 a.txt /new/parent/a
