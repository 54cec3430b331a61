FROM build-base
COPY --chown=app:video tree /tree
COPY --chown=app a.txt /a
