FROM debian:12
ARG USERNAME=dev
RUN groupadd --gid 1500 $USERNAME && useradd -s /bin/bash --uid 1500 --gid 1500 -m $USERNAME \
    && echo $USERNAME ALL=\(root\) NOPASSWD:ALL > /etc/sudoers.d/$USERNAME && chmod 0440 /etc/sudoers.d/$USERNAME
USER $USERNAME
