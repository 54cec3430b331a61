FROM build-base
RUN mkdir -m 0700 /tree && mkdir -m 0711 /tree/sub && chown -R 1000:1000 /tree
COPY tree/ /tree
