from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "pagetojob.onboarding"
    label = "onboarding"
