FROM build-base
COPY tree /tree
