FROM build-base
COPY links /links
COPY links/to-file /followed
COPY links/to-folder /folder
