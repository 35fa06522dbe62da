using Countersign.Carriers.Sandbox;
using Countersign.Core.Delivery;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Carriers;

/// <summary>Puts the carriers behind the port that the core declares.</summary>
public static class CarriersRegistration
{
    /// <summary>The kinds of carriers that operators can configure.</summary>
    public static IServiceCollection AddCarrierKinds(this IServiceCollection services) => services;

    /// <summary>The sandbox carrier with its phones, which keep so many messages.</summary>
    public static IServiceCollection AddSandboxCarrier(this IServiceCollection services, int capacity)
    {
        services.AddSingleton(new VirtualPhones(capacity));
        services.AddSingleton<ICarrier, SandboxCarrier>();
        return services;
    }
}
