using Countersign.Carriers.GenericHttp;
using Countersign.Carriers.Sandbox;
using Countersign.Carriers.Twilio;
using Countersign.Carriers.TwilioVoice;
using Countersign.Carriers.WhatsApp;
using Countersign.Core.Delivery;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Carriers;

/// <summary>Puts the carriers behind the port that the core declares.</summary>
public static class CarriersRegistration
{
    /// <summary>The kinds of carriers that operators can configure.</summary>
    public static IServiceCollection AddCarrierKinds(this IServiceCollection services)
    {
        services.AddSingleton<ICarrierKind, TwilioKind>();
        services.AddSingleton<ICarrierKind, TwilioVoiceKind>();
        services.AddSingleton<ICarrierKind, WhatsAppKind>();
        services.AddSingleton<ICarrierKind, GenericHttpKind>();
        return services;
    }

    /// <summary>The sandbox carrier with its phones, which keep so many messages.</summary>
    public static IServiceCollection AddSandboxCarrier(this IServiceCollection services, int capacity)
    {
        services.AddSingleton(new VirtualPhones(capacity));
        services.AddSingleton<ICarrier, SandboxCarrier>();
        return services;
    }
}
