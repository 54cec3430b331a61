FROM build-base
COPY --chmod=640 a.txt /a
COPY --chmod=0755 b.txt /bin/b
