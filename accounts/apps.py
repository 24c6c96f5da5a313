from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.approvable import register_action
        from accounts.operations.change_credential import describe_credential, execute_credential
        from accounts.operations.change_policy import describe_policy_change, execute_policy_change
        from accounts.operations.clear_control import CONTROL_CLEAR, describe_clearing, execute_clearing
        from accounts.operations.create_credential import CREDENTIAL_CREATE
        from accounts.operations.grant_role import describe_role_grant, execute_role_grant

        register_action(CONTROL_CLEAR, execute=execute_clearing, describe=describe_clearing)
        register_action(CREDENTIAL_CREATE, execute=execute_credential, describe=describe_credential)
        register_action("POLICY_CHANGE", execute=execute_policy_change, describe=describe_policy_change, is_alone=True)
        register_action("ROLE_GRANT", execute=execute_role_grant, describe=describe_role_grant, is_alone=True)
