FROM build-base
COPY hard /hard
