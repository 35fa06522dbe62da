using Countersign.Carriers.AndroidGateway;
using Countersign.Carriers.GenericHttp;
using Countersign.Carriers.Infobip;
using Countersign.Carriers.MessageBird;
using Countersign.Carriers.Plivo;
using Countersign.Carriers.Sandbox;
using Countersign.Carriers.Smpp;
using Countersign.Carriers.Smtp;
using Countersign.Carriers.Sns;
using Countersign.Carriers.Telnyx;
using Countersign.Carriers.Twilio;
using Countersign.Carriers.TwilioVoice;
using Countersign.Carriers.Vonage;
using Countersign.Carriers.WhatsApp;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Simulation;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Carriers;

/// <summary>Puts the carriers behind the ports that the core declares.</summary>
public static class CarriersRegistration
{
    /// <summary>The kinds of carriers that operators can configure, each with the error codes that it knows.</summary>
    public static IServiceCollection AddCarrierKinds(this IServiceCollection services)
    {
        Add<TwilioKind>(services, TwilioErrors.All);
        Add<TwilioVoiceKind>(services, TwilioVoiceErrors.All);
        Add<VonageKind>(services, VonageErrors.All);
        Add<PlivoKind>(services, PlivoErrors.All);
        Add<TelnyxKind>(services, TelnyxErrors.All);
        Add<WhatsAppKind>(services, WhatsAppErrors.All);
        Add<MessageBirdKind>(services, MessageBirdErrors.All);
        Add<InfobipKind>(services, InfobipErrors.All);
        Add<SnsKind>(services, SnsErrors.All);
        Add<AndroidGatewayKind>(services, AndroidGatewayErrors.All);
        Add<SmtpKind>(services, SmtpErrors.All);
        Add<SmppKind>(services, SmppErrors.All);
        Add<GenericHttpKind>(services, GenericHttpErrors.All);
        return services;
    }

    /// <summary>The sandbox carrier with its phones, which keep so many messages.</summary>
    public static IServiceCollection AddSandboxCarrier(this IServiceCollection services, int capacity)
    {
        services.AddSingleton(new VirtualPhones(capacity));
        services.AddSingleton<SimulatedReceipts>();
        services.AddSingleton(provider => new SimulatedNetwork(
            MagicNumbers.Fictional, ReceiptMode.Failures, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<RandomSource>()));
        services.AddSingleton<ICarrier, SandboxCarrier>();
        return services;
    }

    static void Add<TKind>(IServiceCollection services, IReadOnlyDictionary<string, DeliveryError> codes)
        where TKind : class, ICarrierKind, new()
    {
        var kind = new TKind();
        services.AddSingleton<ICarrierKind>(kind);
        services.AddSingleton<ICarrierCodes>(new KindCodes(kind.Name, codes));
    }

    sealed record KindCodes(string Kind, IReadOnlyDictionary<string, DeliveryError> Codes) : ICarrierCodes;
}
