"""The module command_facts, based on AnsibleModule."""

from ansible.module_utils.basic import AnsibleModule


def main():
    command = {"name": {"type": "str", "required": True}, "argv": {"type": "list", "elements": "str", "required": True}}
    module = AnsibleModule(
        argument_spec={
            "commands": {"type": "list", "elements": "dict", "options": command, "required": True},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    for index, command in enumerate(module.params["commands"]):
        if command["name"] == "":
            module.fail_json(msg="value of commands[%d].name must not be empty" % index)
    facts = {}
    for command in module.params["commands"]:
        name, argv = command["name"], command["argv"]
        shown = module._clean_args(argv)
        try:
            rc, stdout, stderr = module.run_command(
                argv, environ_update={"LC_ALL": "C"}, handle_exceptions=False, expand_user_and_vars=False
            )
        except OSError as error:
            msg = "%s: Cannot run %s: %s" % (name, shown, error.strerror)
            module.fail_json(msg=msg, cmd=shown, rc=error.errno, stdout="", stderr="", fact=name)
        if rc != 0:
            msg = "%s: %s" % (name, stderr.rstrip() or "%s failed with rc %d" % (shown, rc))
            module.fail_json(msg=msg, cmd=shown, rc=rc, stdout=stdout, stderr=stderr, fact=name)
        facts[name] = stdout.rstrip("\n")
    module.exit_json(changed=False, ansible_facts={"command_facts": facts})
