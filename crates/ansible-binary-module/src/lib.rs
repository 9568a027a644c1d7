//! Ansible's binary-module protocol: write an Ansible module as one static executable.
