FROM build-base
RUN ["/bin/sh", "-c", "echo exec >/exec"]
RUN echo shell >/shell && \
    # a comment between
    echo more >>/shell
SHELL ["/bin/sh", "-xc"]
RUN echo other >/other
